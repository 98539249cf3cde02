// SPDX-License-Identifier: Apache-2.0
// Pure: two manifests to object changes.
#pragma once

#include "base/json.hpp"
#include "base/result.hpp"

#include <map>
#include <string>
#include <vector>

namespace su {

struct FieldChange {
    std::string path;  ///< "spec.template.spec.containers[server].image": lists by their merge key
    Json before;       ///< null: added; masked when secret-like
    Json after;        ///< null: removed
};

struct ObjectChange {
    enum class Kind { added, removed, changed };
    Kind kind = Kind::changed;
    std::string api_version;
    std::string object_kind;
    std::string name_space;
    std::string name;
    std::vector<FieldChange> fields;
    bool holds_data = false;  ///< removed PVC, or a StatefulSet with claims
};

struct ImageChange {
    std::string workload;  ///< "Deployment/photos-server"
    std::string container;
    std::string before;  ///< empty: new container
    std::string after;   ///< empty: removed
};

struct ManifestDiff {
    std::vector<ObjectChange> objects;
    std::vector<ImageChange> images;
    std::map<std::string, int> hidden;  ///< noise rule -> how many changes it hid
};

/// Objects matched by apiVersion group, kind, namespace, name; "helm.sh/chart", "app.kubernetes.io/version"
/// labels and checksum annotations are noise (counted). Error: invalid, which document.
Result<ManifestDiff> diff_manifests(std::string_view before, std::string_view after,
                                    const std::string& default_namespace);

}  // namespace su
