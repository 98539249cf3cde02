// SPDX-License-Identifier: Apache-2.0
// Every flag of `helm upgrade` (3.17 to 4.3) and our own, once: the parser, docs/reference/flags.md and
// tests/install/test_flags.py (which asks the real helms) all read this table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace su {

/// What a flag takes. An optional value is only ever given with '='.
enum class Takes { nothing, value, optional_value };

enum class Fate {
    passed_on,   ///< to the render and to `helm upgrade`, as given
    value_flag,  ///< to the render alone; the upgrade gets the merged values in a 0600 file
    taken_over,  ///< we do it ourselves, helm does not get it
    refused,     ///< a usage error that says why
    connection,  ///< which cluster, as whom: comes from helm as HELM_*; accepted when helm leaves it in the
                 ///< argv
    own,         ///< ours, no helm knows it
};

struct FlagRow {
    std::string_view name;  ///< without "--"
    char short_name;        ///< 0: none
    Takes takes;
    Fate fate;
    std::string_view helm;  ///< "3.17-4.3", "3" (gone in 4), "4" (not in 3), "" for ours
    std::string_view note;  ///< for a person; for a refused flag: why, and what to do
    bool secret = false;    ///< the value is never shown or recorded
};

const std::vector<FlagRow>& flag_table();
/// Null when there is none.
const FlagRow* find_flag(std::string_view name);
const FlagRow* find_short_flag(char short_name);
/// Names for "did you mean".
std::vector<std::string> flag_names();

std::string_view fate_name(Fate fate);

/// docs/reference/flags.md, whole.
std::string flag_table_markdown();
/// The same as one JSON array of objects, for the test that compares it with the real helms.
std::string flag_table_json();

}  // namespace su
