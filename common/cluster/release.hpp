// SPDX-License-Identifier: Apache-2.0
// Helm's release history, read from Helm's own storage (pkg/storage/driver: Secret or ConfigMap
// "sh.helm.release.v1.NAME.vN", data.release = base64(gzip(JSON)); the Secret API adds one more base64).
#pragma once

#include "base/json.hpp"
#include "base/result.hpp"
#include "cluster/cluster.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace su {

enum class ReleaseDriver { secret, configmap, sql };

/// From $HELM_DRIVER ("", "secret", "secrets", "configmap", "configmaps", "sql"). Error: usage ("memory" and
/// unknown ones).
Result<ReleaseDriver> parse_release_driver(const std::string& text);

struct Release {
    std::string name;
    std::string name_space;
    int revision = 0;
    std::string status;  ///< deployed, superseded, failed, pending-upgrade, ...
    std::string description;
    std::string first_deployed;  ///< RFC 3339; the same for all revisions of one incarnation
    std::string last_deployed;
    std::string chart_name;
    std::string chart_version;
    std::string app_version;
    std::string apply_method;  ///< Helm 4: "ssa" or "csa"; empty from Helm 3
    Json chart;                ///< whole: metadata, values, schema, templates, files
    Json config;               ///< the user's values (object)
    std::string manifest;
    Json hooks;       ///< array
    Json raw_object;  ///< the Secret or ConfigMap as stored, for backups; null with sql
};

/// One stored object to a release. Error: corrupt, invalid.
Result<Release> decode_release(const Json& object);
/// The JSON of one release, as helm prints and stores it.
Result<Release> release_from_json(const Json& json);

/// All revisions, oldest first; empty when the release does not exist. One list call.
/// Errors: those of ClusterReader; corrupt names the revision. sql: unsupported (use Helm::history).
Result<std::vector<Release>> read_history(ClusterReader& reader, ReleaseDriver driver,
                                          const std::string& release, std::stop_token stop);

[[nodiscard]] bool is_pending(const Release& release);

}  // namespace su
