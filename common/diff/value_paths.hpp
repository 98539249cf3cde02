// SPDX-License-Identifier: Apache-2.0
// Paths of values and the search for a key's new name. Internal to diff/.
#pragma once

#include "base/json.hpp"

#include <string>
#include <vector>

namespace su {

/// One step of a path: a key, or an index when `index` >= 0.
struct PathStep {
    std::string key;
    int index = -1;
};
using ValuePath = std::vector<PathStep>;

/// "server.image.tag", "list[0].name", "annotations.\"example.com/x\"": printable.
std::string path_text(const ValuePath& path);

/// A leaf (scalar, list, empty map) with its path of keys.
struct ValueLeaf {
    std::vector<std::string> keys;
    const Json* value = nullptr;
};
std::vector<ValueLeaf> leaves_of(const Json& values);

/// What the search for a new name looks at.
struct Renamed {
    std::vector<std::string> keys;      ///< the key that is no more
    const Json* user_value = nullptr;   ///< what the user sets
    const Json* old_default = nullptr;  ///< may be null: the old chart had none
};
/// Of the keys that only the new chart has, the one that speaks most for being the new name; empty when none
/// speaks enough, or two speak equally.
std::string likely_new_name(const Renamed& gone, const std::vector<ValueLeaf>& new_only);

}  // namespace su
