// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "checks/counts.hpp"
#include "checks/log_read.hpp"
#include "checks/support.hpp"
#include "diff/mask.hpp"
#include "health/health.hpp"

#include <algorithm>
#include <future>
#include <map>
#include <set>

namespace su {

namespace {

/// What is needed from old logs are kinds of errors, not all of them.
constexpr std::int64_t k_log_lines = 20'000;
constexpr std::size_t k_most_templates = 200;

WorkloadBaseline workload_baseline(const Scope& scope, const Json& workload) {
    WorkloadBaseline out;
    out.kind = text_at(workload, {"kind"});
    out.name = checks::name_of(workload);
    const auto fallback = int_at(workload, {"status", "desiredNumberScheduled"}, 1);
    out.replicas = static_cast<int>(int_at(workload, {"spec", "replicas"}, fallback));
    for (const Json* pod : checks::pods_of(scope, workload)) out.restarts += restart_count(*pod);
    for (const Json& container : list_at(workload, {"spec", "template", "spec", "containers"})) {
        out.images.push_back(text_at(container, {"image"}));
    }
    return out;
}

std::vector<LogBaseline> merged_logs(const std::vector<checks::LogReading>& readings,
                                     std::vector<std::string>& missing) {
    std::map<std::string, LogBaseline> by_container;
    std::map<std::string, std::set<std::string>> templates;
    for (const auto& reading : readings) {
        if (reading.problem) {
            missing.push_back("the log of " +
                              printable(reading.source.where.pod + "/" + reading.source.where.container +
                                        ": " + reading.problem->message));
        }
        auto& log = by_container[reading.source.key];
        log.container = reading.source.key;
        log.lines += reading.lines;
        log.errors += reading.errors;
        auto& known = templates[reading.source.key];
        for (const auto& pattern : reading.patterns) {
            if (known.size() < k_most_templates) known.insert(mask_text(pattern.text));
        }
    }
    std::vector<LogBaseline> logs;
    for (auto& [key, log] : by_container) {
        log.error_templates.assign(templates[key].begin(), templates[key].end());
        logs.push_back(std::move(log));
    }
    return logs;
}

void capture_databases(ClusterReader& reader, const Profile& profile, const FoundDatabases& databases,
                       Baseline& baseline, std::stop_token stop) {
    for (const auto& problem : databases.problems)
        baseline.missing.push_back(checks::shown_line(problem.message));
    for (const auto& db : databases.databases) {
        const auto counted = checks::count_database(reader, db, checks::spec_of(profile, db.id), true, stop);
        if (!counted) {
            baseline.missing.push_back("the rows of database " +
                                       checks::shown_line(db.name + ": " + counted.error().message));
            continue;
        }
        if (counted->schema_problem) {
            baseline.missing.push_back("the schema version of database " +
                                       checks::shown_line(db.name + ": " + counted->schema_problem->message));
        }
        baseline.databases.push_back(
            {db.id, db.name, db.server_version, counted->schema_version, counted->tables});
    }
}

}  // namespace

Result<Baseline> capture_baseline(ClusterReader& reader, const Scope& scope, const Profile& profile,
                                  const FoundDatabases& databases, std::stop_token stop) {
    Baseline baseline;
    baseline.captured_at = to_rfc3339(now());
    baseline.revision = scope.current ? scope.current->revision : 0;
    for (const Json& workload : scope.workloads)
        baseline.workloads.push_back(workload_baseline(scope, workload));
    for (const auto& missing : scope.missing)
        baseline.missing.push_back(printable(missing) + " is not in the cluster");
    checks::LogQuestion question;
    question.tail = k_log_lines;
    auto logs = std::async(std::launch::async, [&] {
        return checks::read_logs(reader, checks::log_sources(scope, {}), question, stop);
    });
    capture_databases(reader, profile, databases, baseline, stop);
    const auto readings = logs.get();
    if (stop.stop_requested()) return Error{Errc::cancelled, "interrupted while taking the baseline", {}};
    if (!readings) return readings.error();
    baseline.logs = merged_logs(*readings, baseline.missing);
    const bool nothing = baseline.workloads.empty() && baseline.databases.empty() && baseline.logs.empty();
    if (nothing)
        return Error{Errc::not_found, "nothing of " + printable(scope.release) + " could be captured", {}};
    return baseline;
}

}  // namespace su
