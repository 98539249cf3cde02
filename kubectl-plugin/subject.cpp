// SPDX-License-Identifier: Apache-2.0
// What to validate, against what, from when on.
#include "base/file.hpp"
#include "base/text.hpp"
#include "kubectl-plugin/run.hpp"

#include <algorithm>
#include <cstdlib>

namespace su {

namespace {

/// Without Helm nobody says when the deploy was.
constexpr auto k_selector_since = std::chrono::hours{1};

ProfileEvidence evidence_of(const Scope& scope) {
    ProfileEvidence evidence;
    for (const Json& pod : scope.pods) {
        for (const Json& container : list_at(pod, {"spec", "containers"})) {
            evidence.images.push_back(text_at(container, {"image"}));
            for (const Json& variable : list_at(container, {"env"})) {
                evidence.env_names.push_back(text_at(variable, {"name"}));
            }
        }
    }
    return evidence;
}

Result<Subject> by_selector(ClusterReader& reader, const Options& options, std::stop_token stop) {
    Subject subject;
    SU_ASSIGN(subject.scope, gather_scope(reader, options.selector, options.selector, std::nullopt, stop));
    if (subject.scope.workloads.empty() && subject.scope.pods.empty()) {
        return Error{Errc::not_found,
                     "nothing in namespace " + reader.name_space() + " has the labels " + options.selector,
                     {}};
    }
    SU_ASSIGN(subject.profile, find_profile(options.profile, Json(), evidence_of(subject.scope)));
    DatabaseSearch search{reader.name_space(), subject.scope.pods, {}, subject.profile.profile.databases};
    for (const Json& workload : subject.scope.workloads) {
        search.own_workloads.push_back(text_at(workload, {"kind"}) + "/" +
                                       text_at(workload, {"metadata", "name"}));
    }
    SU_ASSIGN(subject.databases, find_databases(reader, search, stop));
    return subject;
}

/// The way on is another one than for an upgrade: this program also works beside Helm.
Error without_release(Error error) {
    if (error.code == Errc::not_found) error.hint = "see: helm list -A; without Helm: --selector app=NAME";
    if (error.code == Errc::forbidden) {
        error.hint =
            "Helm keeps its releases in Secrets, which must be readable; without them: --selector app=NAME";
    }
    return error;
}

const Record* preferred_record(const std::vector<Record>& records, int revision) {
    const auto usable = [](const Record& record) { return !record.baseline.captured_at.empty(); };
    const Record* captured = nullptr;
    const Record* newest = nullptr;
    for (const auto& record : records) {
        if (!usable(record)) continue;
        if (record.state == "captured") {
            captured = &record;
        } else if (record.revision == revision) {
            return &record;
        } else {
            newest = &record;
        }
    }
    return captured != nullptr ? captured : newest;
}

Result<ChosenBaseline> baseline_from_file(const std::string& path) {
    SU_ASSIGN(const auto text, read_file(path));
    SU_ASSIGN(const auto json, parse_json(text, path));
    const Json& inner = at_path(json, {"baseline"});
    auto baseline = baseline_from_json(inner.is_object() ? inner : json);
    if (!baseline) return baseline.error().context(path);
    if (baseline->captured_at.empty())
        return Error{Errc::usage, path + " is no baseline", "make one: capture --file " + shell_quote(path)};
    const std::string sentence = "baseline of " + baseline->captured_at + " from " + path;
    return ChosenBaseline{std::move(*baseline), sentence};
}

}  // namespace

Result<Subject> find_subject(Connection& connection, const Options& options, std::stop_token stop) {
    ClusterReader& reader = connection.reader();
    if (options.release.empty()) return by_selector(reader, options, stop);
    const char* driver_name = std::getenv("HELM_DRIVER");
    SU_ASSIGN(const auto driver, parse_release_driver(driver_name != nullptr ? driver_name : ""));
    const char* helm_program = std::getenv("HELM_BIN");
    Helm helm(helm_program != nullptr ? helm_program : "helm",
              connection.target());  // asked only for the sql driver
    auto gathered = gather_release(reader, helm, driver, options.release, options.profile, stop);
    if (!gathered) return without_release(gathered.error());
    Facts facts = std::move(*gathered);
    return Subject{std::move(facts.scope), std::move(facts.profile), std::move(facts.databases),
                   std::move(facts.records)};
}

Result<ChosenBaseline> choose_baseline(const Options& options, const Subject& subject) {
    if (options.baseline == "none") return ChosenBaseline{{}, {}};
    if (options.baseline != "auto") return baseline_from_file(options.baseline);
    const int revision = subject.scope.current ? subject.scope.current->revision : 0;
    const Record* record = preferred_record(subject.records, revision);
    if (record == nullptr) return ChosenBaseline{{}, {}};
    const std::string source = record->state == "captured"
                                   ? "capture"
                                   : "record of the upgrade to revision " + std::to_string(record->revision);
    return ChosenBaseline{record->baseline, "baseline of " + record->baseline.captured_at + ", revision " +
                                                std::to_string(record->baseline.revision) + " (" + source +
                                                ")"};
}

Result<std::string> choose_since(const Options& options, const Subject& subject) {
    if (!options.since.empty()) {
        if (const auto time = parse_rfc3339(options.since)) return to_rfc3339(*time);
        if (const auto duration = parse_duration(options.since)) return to_rfc3339(now() - *duration);
        return Error{Errc::usage, "--since " + options.since + " is neither a time nor a duration",
                     "as 2026-11-21T11:42:21Z or 30m"};
    }
    if (!subject.scope.current) return to_rfc3339(now() - k_selector_since);
    const auto deployed = parse_rfc3339(subject.scope.current->last_deployed);
    return deployed ? to_rfc3339(*deployed) : std::string{};
}

}  // namespace su
