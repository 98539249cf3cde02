// SPDX-License-Identifier: Apache-2.0
// A check looks at one thing and gives a verdict. One file per kind in checks/kinds/, one row in
// registry.cpp.
#pragma once

#include "base/clock.hpp"
#include "cluster/cluster.hpp"
#include "cluster/release.hpp"
#include "database/postgres.hpp"
#include "logs/scan.hpp"
#include "profile/profile.hpp"
#include "record/record.hpp"

#include <optional>
#include <string>
#include <vector>

namespace su {

/// `fail`: we looked and it is wrong. `error`: we could not look. They are never merged: only `fail` may lead
/// to a rollback.
enum class Verdict { pass, warn, fail, error, skip };
const char* verdict_name(Verdict verdict);

struct Measure {
    std::string name;
    double value = 0;
    std::string unit;  ///< "rows", "ms", "restarts", "lines", ...
};

struct CheckResult {
    std::string id;
    std::string kind;
    Verdict verdict = Verdict::error;
    bool required = true;
    std::string message;               ///< one printable sentence
    std::string hint;                  ///< what to do next
    std::vector<std::string> details;  ///< more lines: per table, per pod, error examples
    std::vector<Measure> measures;
    std::chrono::milliseconds duration{0};
};

/// What belongs to the application. Objects come from the release's manifest, pods from their owners.
struct Scope {
    std::string release;  ///< or what the user called it
    std::string name_space;
    std::string selector;              ///< when there is no release
    std::optional<Release> current;    ///< the deployed revision
    std::vector<Json> workloads;       ///< live Deployments, StatefulSets, DaemonSets, Jobs
    std::vector<Json> pods;            ///< live pods of those workloads
    std::vector<std::string> missing;  ///< "Kind/name" in the manifest but not in the cluster
};
/// Lists the namespace once per kind. Pods belong by ownerReferences (through ReplicaSets), and by selector.
Result<Scope> gather_scope(ClusterReader& reader, const std::string& release, const std::string& selector,
                           std::optional<Release> current, std::stop_token stop);

/// What was followed of one container's log while an upgrade ran.
struct FollowedLog {
    std::string pod;
    std::string container;
    std::uint64_t lines = 0;
    std::uint64_t errors = 0;
    std::vector<LogPattern> patterns;
    std::string first;
    std::string last;
};

struct CheckContext {
    ClusterReader& reader;
    const Scope& scope;
    const Profile& profile;
    const FoundDatabases& databases;
    const Baseline* baseline = nullptr;
    /// RFC 3339: logs and events from here on (T0 of the run, or the revision's deploy time).
    std::string since = {};
    int expected_revision = 0;
    std::vector<FollowedLog> followed = {};  ///< from T0 on; empty for a validation on its own
    /// When this validation began, RFC 3339: a database logs our own knocking in vain, which is no error of
    /// the application.
    std::string looked_from = {};
};

struct CheckKind {
    std::string_view name;
    std::string_view summary;  ///< one line for `checks` and the documentation
    std::vector<std::string> keys;
    std::vector<std::string> required_keys;
    bool runs_command = false;
    CheckResult (*run)(const CheckSpec& spec, const CheckContext& context, std::stop_token stop);
};

const std::vector<CheckKind>& check_kinds();
std::vector<CheckKindKeys> check_kind_keys();

/// The profile's checks plus the ones every application gets (workloads, images, restarts, pvc_bound,
/// database, row_counts, log_errors), without duplicates by kind.
std::vector<CheckSpec> checks_for(const Profile& profile);

/// Runs them in at most 6 threads; results in the order of `specs`. A check that throws or is unknown is
/// `error`.
std::vector<CheckResult> run_checks(const std::vector<CheckSpec>& specs, const CheckContext& context,
                                    std::stop_token stop);

/// pass < skip < warn < error(optional) < error(required) < fail, as an exit code: 0, 3 (fail) or 7 (required
/// error).
int exit_code_of(const std::vector<CheckResult>& results);

/// Takes a baseline now. What cannot be had is named in Baseline::missing. Error: only when nothing can be
/// read.
Result<Baseline> capture_baseline(ClusterReader& reader, const Scope& scope, const Profile& profile,
                                  const FoundDatabases& databases, std::stop_token stop);

}  // namespace su
