// SPDX-License-Identifier: Apache-2.0
// The plan: what will be done, as a value. --dry-run prints it, a run executes it unchanged. Pure.
#pragma once

#include "diff/manifest_diff.hpp"
#include "diff/values_diff.hpp"
#include "plan/facts.hpp"

#include <string>
#include <vector>

namespace su {

enum class RiskClass { patch, minor, major, irreversible };
const char* risk_name(RiskClass risk);

struct Risk {
    RiskClass risk_class = RiskClass::patch;
    std::vector<std::string> evidence;
};

struct PlannedBackup {
    std::string store;  ///< "photos on StatefulSet/photos-postgresql"
    std::string database_id;
    std::uint64_t size_bytes = 0;  ///< of the database, not of the dump
    std::string how;
};

struct PlannedStep {
    std::string id;
    std::string title;
    bool mutates = false;
    std::string undo;  ///< how it is undone, for steps that change something
};

struct Plan {
    std::string release;
    std::string name_space;
    int from_revision = 0;
    std::string from_chart, to_chart;  ///< "photos-1.0.0"
    std::string from_app, to_app;      ///< app versions
    std::string profile;
    std::vector<std::string> profile_evidence;
    std::vector<std::string> untrusted;  ///< what a chart's own profile would run in pods
    std::vector<ValueFinding> values;
    ManifestDiff manifest;
    Risk risk;
    std::vector<std::string> notes;  ///< profile notes for the versions passed through
    std::vector<PreflightResult> preflight;
    std::vector<PlannedBackup> backups;
    std::vector<std::string> without_backup;  ///< stores that get no copy, and why
    std::string downtime;
    std::vector<std::string> no_return;  ///< points after which manifests alone do not lead back
    std::vector<PlannedStep> steps;
    std::vector<std::string> refused;  ///< every reason at once; empty: can run
    std::string fingerprint;  ///< release revision, chart and values: a saved plan must still have it
};

/// Pure: no I/O, clock or environment.
Result<Plan> make_plan(const UpgradeOptions& options, const Facts& facts);
Risk assess_risk(const UpgradeOptions& options, const Facts& facts, const ManifestDiff& manifest,
                 const std::vector<ValueFinding>& values);
Json to_json(const Plan& plan);

/// Which revision to go back to. `skipped` says which newer ones were passed over and why.
struct WayBack {
    int revision = 0;  ///< 0: none
    std::string why;
    std::vector<std::string> skipped;
};
/// Newest revision older than `from` that is known good: validated in our record, or deployed/superseded
/// without evidence of failure; never one that had failed, is pending, or that our record calls failed.
WayBack choose_known_good(const std::vector<Release>& history, const std::vector<Record>& records, int from);

/// "1.119.0", "v2.0.0-rc.1": the numbers; nothing when it is no version.
struct Semver {
    int major = 0, minor = 0, patch = 0;
    auto operator<=>(const Semver&) const = default;
};
std::optional<Semver> parse_semver(std::string_view text);
/// "<1.120.0", ">=1.2.0 <2.0.0" (all must hold); empty holds for all.
bool in_range(const Semver& version, std::string_view range);

}  // namespace su
