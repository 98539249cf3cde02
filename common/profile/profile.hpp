// SPDX-License-Identifier: Apache-2.0
// A profile says what an application needs: how it is recognised, where its data is, what must hold
// afterwards. Pure data and its loader; knows nothing of clusters. docs/reference/profile.md documents every
// key.
#pragma once

#include "base/json.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace su {

enum class ProfileOrigin { embedded, chart, file };

/// Row counts may change during an upgrade in these ways.
enum class CountRule { exact, not_less, tolerance, ignore };

struct TableRule {
    std::string name;  ///< "assets" or "public.assets"
    std::vector<std::string>
        aliases;        ///< names that it has in other versions: a rename between them is no loss
    std::string label;  ///< what a person calls a row: "photos"
    CountRule rule = CountRule::not_less;
    double tolerance_percent = 0;
};

struct DatabaseSpec {
    std::string id = "database";
    std::string kind = "postgres";
    /// Names of environment variables of the application's containers (first that exists wins).
    std::vector<std::string> env_url, env_host, env_port, env_user, env_password, env_name;
    std::vector<TableRule> tables;
    CountRule other_tables = CountRule::not_less;
    std::string schema_version_query;  ///< one value, e.g. the newest migration's name; empty: found from
                                       ///< known tables
};

struct CheckSpec {
    std::string kind;      ///< "http"
    std::string id;        ///< unique in a profile; the kind when not given
    bool required = true;  ///< an optional check's `error` does not make exit 7
    bool fail_is_warning = false;
    Json params;        ///< the remaining keys, already checked against the kind's key list
    std::string where;  ///< "immich.yaml:31"
};

struct VersionNote {
    std::string from;      ///< semver range of the version left, "<1.120.0"; empty: any
    std::string to;        ///< of the version reached
    std::string severity;  ///< info, warning, breaking, manual
    std::string text;
};

struct Profile {
    std::string name;
    std::string description;
    ProfileOrigin origin = ProfileOrigin::embedded;
    std::string where;  ///< file, "embedded:immich" or "chart:photos/safe-upgrade.yaml"
    std::vector<std::string> match_charts;
    std::vector<std::string> match_images;  ///< globs with '*' on the image without tag
    std::vector<std::string> match_env;     ///< environment variable names
    std::vector<DatabaseSpec> databases;
    std::vector<CheckSpec> checks;
    std::vector<VersionNote> notes;
    std::vector<std::string>
        restart_after_restore;  ///< workload names' suffixes; empty: all that were stopped
    std::string backup_note;    ///< shown with every backup (what it does not hold)
};

/// Keys that a check kind takes in a profile; the check registry provides the list, so that profile/ need not
/// know it.
struct CheckKindKeys {
    std::string kind;
    std::vector<std::string> keys;
    std::vector<std::string> required_keys;
    bool runs_command =
        false;  ///< runs a program given by the profile: shown in the plan when the profile is untrusted
};

/// Every mistake at once, each "FILE:LINE: what; did you mean X?". A chart's profile must not name local
/// commands or files.
Result<Profile> load_profile(std::string_view yaml, const std::string& where, ProfileOrigin origin,
                             const std::vector<CheckKindKeys>& kinds);

struct EmbeddedProfile {
    std::string_view name;
    std::string_view yaml;
};
/// profile/data/*.yaml, sorted by name; "generic" is always there.
const std::vector<EmbeddedProfile>& embedded_profiles();

/// What is known of a release when a profile is chosen.
struct ProfileEvidence {
    std::string chart_name;
    std::vector<std::string> images;  ///< "ghcr.io/immich-app/immich-server:v1.119.0"
    std::vector<std::string> env_names;
};
struct ProfileChoice {
    Profile profile;
    std::vector<std::string> evidence;  ///< sentences: "chart name is immich"
};
/// The profile with at least two kinds of evidence (chart name, image, env) and the most of them; else
/// generic, with sentences that say why no other was chosen.
Result<ProfileChoice> choose_profile(const ProfileEvidence& evidence,
                                     const std::vector<CheckKindKeys>& kinds);

}  // namespace su
