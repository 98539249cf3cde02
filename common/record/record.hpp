// SPDX-License-Identifier: Apache-2.0
// What a run leaves in the cluster: Secret "safe-upgrade.RELEASE.rN" (label owner=safe-upgrade), so that any
// machine can validate against the baseline and know which revisions were good. docs/reference/record.md
// documents the JSON.
#pragma once

#include "base/json.hpp"
#include "base/result.hpp"
#include "cluster/cluster.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace su {

struct WorkloadBaseline {
    std::string kind;
    std::string name;
    int replicas = 0;
    int restarts = 0;
    std::vector<std::string> images;
};

struct DatabaseBaseline {
    std::string id;
    std::string name;
    std::string server_version;
    std::string schema_version;
    std::map<std::string, std::int64_t> tables;
};

struct LogBaseline {
    std::string container;  ///< "pod-name-prefix/container": the workload's name, not the pod's
    std::uint64_t lines = 0;
    std::uint64_t errors = 0;
    std::vector<std::string> error_templates;
};

/// How things were before: taken by `capture` and by every run before it upgrades.
struct Baseline {
    std::string captured_at;  ///< RFC 3339
    int revision = 0;         ///< the release's revision then; 0 without Helm
    std::vector<WorkloadBaseline> workloads;
    std::vector<DatabaseBaseline> databases;
    std::vector<LogBaseline> logs;
    std::vector<std::string> missing;  ///< what could not be captured, sentences
};

struct Record {
    std::string release;
    std::string name_space;
    int revision = 0;         ///< the revision that the run made (or would have made)
    std::string incarnation;  ///< the release's first_deployed
    std::string state;  ///< captured, running, upgraded, validated, failed, rolled-back, needs-person, kept
    std::string strategy = "rolling";
    std::string backup_id;
    std::string backup_place;  ///< "host:/path", for a person
    int from_revision = 0;
    std::string from_chart, to_chart;  ///< "photos-1.0.0"
    std::string started_at, finished_at;
    std::string by;       ///< user@host
    std::string message;  ///< outcome in a sentence
    Baseline baseline;
    Json validation;  ///< summary of the check results, null before
};

Json to_json(const Baseline& baseline);
Json to_json(const Record& record);
/// Errors: invalid. Unknown keys are left alone (newer versions).
Result<Baseline> baseline_from_json(const Json& json);
Result<Record> record_from_json(const Json& json);

/// Records of one release, oldest revision first; only of `incarnation` when it is given.
Result<std::vector<Record>> read_records(ClusterReader& reader, const std::string& release,
                                         const std::string& incarnation, std::stop_token stop);
/// Creates or replaces. State "captured" (outside a run) goes to "safe-upgrade.RELEASE.captured", which the
/// next capture overwrites, so that it never touches a run's record. gzip'ed in the Secret; split into ".1",
/// ".2" ... above 700 KiB.
Result<void> write_record(ClusterWriter& writer, const Record& record, std::stop_token stop);

}  // namespace su
