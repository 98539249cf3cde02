// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "plan/facts.hpp"

#include <algorithm>
#include <future>
#include <set>

namespace su {

namespace {

std::vector<std::string> manifest_workloads(const Release& release) {
    std::vector<std::string> names;
    const auto documents = parse_yaml_all(release.manifest, "the stored manifest");
    if (!documents) return names;
    for (const auto& object : *documents) {
        names.push_back(text_at(object, {"kind"}) + "/" + text_at(object, {"metadata", "name"}));
    }
    return names;
}

ProfileEvidence evidence_of(const Release& release, const Scope& scope) {
    ProfileEvidence evidence;
    evidence.chart_name = release.chart_name;
    std::set<std::string> images;
    std::set<std::string> env;
    for (const auto& workload : scope.workloads) {
        for (const auto& container : list_at(workload, {"spec", "template", "spec", "containers"})) {
            images.insert(text_at(container, {"image"}));
            for (const auto& variable : list_at(container, {"env"})) env.insert(text_at(variable, {"name"}));
        }
    }
    evidence.images.assign(images.begin(), images.end());
    evidence.env_names.assign(env.begin(), env.end());
    return evidence;
}

/// helm stores a chart's other files as {"name", "data" (base64)} under chart.files.
std::optional<std::string> chart_file(const Json& chart, const std::string& name) {
    for (const auto& file : list_at(chart, {"files"})) {
        if (text_at(file, {"name"}) == name) return base64_decode(text_at(file, {"data"}));
    }
    return std::nullopt;
}

std::vector<std::string> embedded_names() {
    std::vector<std::string> names;
    for (const auto& profile : embedded_profiles()) names.emplace_back(profile.name);
    return names;
}

Result<ProfileChoice> wanted_profile(const std::string& wanted) {
    for (const auto& profile : embedded_profiles()) {
        if (profile.name != wanted) continue;
        SU_ASSIGN(auto loaded, load_profile(profile.yaml, "embedded:" + wanted, ProfileOrigin::embedded,
                                            check_kind_keys()));
        return ProfileChoice{std::move(loaded), {"--profile " + wanted}};
    }
    auto text = read_file(wanted, 1 << 20);
    if (!text && text.error().code == Errc::not_found) {
        const auto near = nearest(wanted, embedded_names());
        return Error{Errc::usage,
                     "no profile \"" + printable(wanted) + "\": neither a file nor one of " +
                         join(embedded_names(), ", "),
                     near ? "did you mean " + *near + "?" : ""};
    }
    if (!text) return text.error();
    SU_ASSIGN(auto loaded, load_profile(*text, wanted, ProfileOrigin::file, check_kind_keys()));
    return ProfileChoice{std::move(loaded), {"--profile " + wanted}};
}

}  // namespace

Result<ProfileChoice> find_profile(const std::string& wanted, const Json& chart,
                                   const ProfileEvidence& evidence) {
    if (!wanted.empty()) return wanted_profile(wanted);
    if (const auto own = chart_file(chart, "safe-upgrade.yaml")) {
        const std::string where = "chart:" + evidence.chart_name + "/safe-upgrade.yaml";
        SU_ASSIGN(auto loaded, load_profile(*own, where, ProfileOrigin::chart, check_kind_keys()));
        return ProfileChoice{std::move(loaded), {"the chart carries it"}};
    }
    return choose_profile(evidence, check_kind_keys());
}

Result<std::vector<Release>> load_history(ClusterReader& reader, Helm& helm, ReleaseDriver driver,
                                          const std::string& release, std::stop_token stop) {
    return driver == ReleaseDriver::sql ? helm.history(release, stop)
                                        : read_history(reader, driver, release, stop);
}

Result<Facts> gather_release(ClusterReader& reader, Helm& helm, ReleaseDriver driver,
                             const std::string& release, const std::string& profile, std::stop_token stop) {
    Facts facts;
    facts.name_space = reader.name_space();
    SU_ASSIGN(facts.history, load_history(reader, helm, driver, release, stop));
    if (facts.history.empty()) {
        return Error{Errc::not_found,
                     "no release \"" + printable(release) + "\" in namespace " + facts.name_space,
                     "see: helm list -A; an install is helm's own business: helm install"};
    }
    SU_ASSIGN(facts.records, read_records(reader, release, facts.history.back().first_deployed, stop));
    SU_ASSIGN(facts.scope, gather_scope(reader, release, "", facts.current(), stop));
    SU_ASSIGN(facts.profile,
              find_profile(profile, facts.current().chart, evidence_of(facts.current(), facts.scope)));
    DatabaseSearch search;
    search.name_space = facts.name_space;
    search.pods = facts.scope.pods;
    search.own_workloads = manifest_workloads(facts.current());
    search.specs = facts.profile.profile.databases;
    SU_ASSIGN(facts.databases, find_databases(reader, search, stop));
    return facts;
}

Result<Facts> gather(ClusterReader& reader, Helm& helm, ReleaseDriver driver, const UpgradeOptions& options,
                     std::stop_token stop) {
    // helm's processes run beside the cluster reads: each costs about as much as all of those
    auto version = std::async(std::launch::async, [&] { return helm.version(stop); });
    auto cluster = std::async(std::launch::async, [&] { return reader.get("/version", stop); });
    auto render = std::async(std::launch::async, [&] {
        auto flags = options.passed_on;
        flags.insert(flags.end(), options.value_flags.begin(), options.value_flags.end());
        return helm.render(options.release, options.chart, flags, stop);
    });
    auto gathered = gather_release(reader, helm, driver, options.release, options.profile, stop);
    auto rendered = render.get();
    auto helm_version = version.get();
    const auto cluster_version = cluster.get();
    if (!gathered) return gathered.error();  // "no such release" says more than helm's words for it
    Facts facts = std::move(*gathered);
    if (is_pending(facts.history.back())) {
        return Error{Errc::conflict,
                     "release " + options.release + " is " + facts.history.back().status + " (revision " +
                         std::to_string(facts.history.back().revision) +
                         "): another helm is at work, or one was killed",
                     "when nobody is at work: helm safe-upgrade rollback " + shell_quote(options.release)};
    }
    if (!rendered) return rendered.error();
    if (!helm_version) return helm_version.error();
    facts.helm = *helm_version;
    facts.cluster_version = cluster_version ? text_at(*cluster_version, {"gitVersion"}) : "";
    facts.rendered = std::move(*rendered);
    // the profile of the chart that is coming knows more than the one that is there
    if (options.profile.empty() && chart_file(facts.rendered.chart, "safe-upgrade.yaml")) {
        SU_ASSIGN(facts.profile,
                  find_profile("", facts.rendered.chart, evidence_of(facts.rendered, facts.scope)));
    }
    SU_TRY(make_private_dir(options.backup_root));
    SU_ASSIGN(facts.backup_free_bytes, free_bytes(options.backup_root));
    facts.preflight = run_preflight(reader, facts, options, stop);
    if (stop.stop_requested()) return Error{Errc::cancelled, "interrupted", {}};
    return facts;
}

}  // namespace su
