// SPDX-License-Identifier: Apache-2.0
// What was read before the plan. gather() makes the only reads; everything after it decides from these
// values.
#pragma once

#include "backup/postgres.hpp"
#include "backup/store.hpp"
#include "checks/check.hpp"
#include "cluster/helm.hpp"
#include "cluster/release.hpp"
#include "plan/options.hpp"
#include "profile/profile.hpp"
#include "record/record.hpp"

#include <optional>
#include <string>
#include <vector>

namespace su {

/// One thing looked at before an upgrade; the same verdicts as checks.
struct PreflightResult {
    std::string id;
    Verdict verdict = Verdict::pass;
    std::string message;
    std::string hint;
};

struct Facts {
    std::string name_space;
    HelmVersion helm;
    std::string cluster_version;   ///< "v1.34.4"
    std::vector<Release> history;  ///< oldest first, never empty
    std::vector<Record> records;   ///< of this incarnation
    Release rendered;              ///< what helm would make: chart, merged user values, manifest
    ProfileChoice profile;
    Scope scope;
    FoundDatabases databases;
    std::vector<PreflightResult> preflight;
    std::uint64_t backup_free_bytes = 0;

    /// The revision that runs now: newest deployed, else the newest.
    [[nodiscard]] const Release& current() const;
};

/// Reads everything, in parallel where it can. Errors: not_found (no such release), those of cluster and
/// helm, usage (profile).
Result<Facts> gather(ClusterReader& reader, Helm& helm, ReleaseDriver driver, const UpgradeOptions& options,
                     std::stop_token stop);

/// Helm's history from its own storage; with the sql driver through the helm command, which does not give the
/// charts.
Result<std::vector<Release>> load_history(ClusterReader& reader, Helm& helm, ReleaseDriver driver,
                                          const std::string& release, std::stop_token stop);

/// The part that needs no chart: for backup, rollback, restore and history. `rendered` stays empty.
Result<Facts> gather_release(ClusterReader& reader, Helm& helm, ReleaseDriver driver,
                             const std::string& release, const std::string& profile, std::stop_token stop);

/// Chosen by --profile (file or name), else the chart's own safe-upgrade.yaml, else by evidence.
Result<ProfileChoice> find_profile(const std::string& wanted, const Json& chart,
                                   const ProfileEvidence& evidence);

/// Preflight of DESIGN section 5 that needs the cluster; each with verdict and next step. Blocks, runs in
/// parallel.
std::vector<PreflightResult> run_preflight(ClusterReader& reader, const Facts& facts,
                                           const UpgradeOptions& options, std::stop_token stop);

}  // namespace su
