// SPDX-License-Identifier: Apache-2.0
// Pure: three-way values diff. No cluster, no files, no clock.
#pragma once

#include "base/json.hpp"

#include <string>
#include <vector>

namespace su {

enum class ValueClass {
    changed_by_you,              ///< the user's value differs between stored and given
    dropped,                     ///< stored user value that this command loses
    ignored,                     ///< user sets it, the new chart knows no such key
    default_changed,             ///< and you don't override it
    overridden_default_changed,  ///< default changed under your override
    new_default,                 ///< key that only the new chart has
    removed_default,             ///< key that only the old chart has, not set by you
    type_changed,                ///< your value's type is not the new default's
    hidden_default,              ///< --reuse-values: a new default that this command would hide
};
const char* value_class_name(ValueClass value_class);  ///< "default_changed", as in JSON

struct ValueFinding {
    ValueClass value_class = ValueClass::changed_by_you;
    std::string path;  ///< "server.image.tag"; list items as "list[0]"; keys with dots quoted
    Json before;       ///< masked when secret-like
    Json after;
    std::string set_by;           ///< "you", "chart", "you (stored)", ...
    std::string consequence;      ///< one sentence
    std::string likely_new_name;  ///< for ignored, when there is one with evidence
};

struct ValuesDiffInput {
    Json old_defaults;
    Json new_defaults;
    Json stored_user_values;
    Json given_user_values;  ///< merged, as Helm computed them for this command
    bool reuse_values = false;
    /// Names and aliases of the new chart's dependencies: what is set under them is never called ignored,
    /// unless the caller has merged their defaults in and leaves them out here.
    std::vector<std::string> subcharts = {};
};

/// Sorted by class (most dangerous first), then path. diff of equal inputs is empty.
std::vector<ValueFinding> diff_values(const ValuesDiffInput& input);

}  // namespace su
