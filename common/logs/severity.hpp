// SPDX-License-Identifier: Apache-2.0
// Shared only inside logs/.
#pragma once

#include "logs/scan.hpp"

#include <optional>

namespace su::logs {

/// Level names of all the log libraries that we know, any case; nothing for any other word.
std::optional<Severity> level_from_name(std::string_view name);
/// bunyan and pino (10 to 60), syslog and GELF (0 to 7).
std::optional<Severity> level_from_number(std::string_view digits);

/// The members of a one-line JSON object that say how bad and what; empty when the line is no object.
struct JsonParts {
    bool is_object = false;
    std::string_view level;
    std::string_view message;  ///< still with its JSON escapes
};
JsonParts json_parts(std::string_view line);

/// Without colour escapes (CSI sequences). `buffer` holds the copy when there were any.
std::string_view without_colours(std::string_view line, std::string& buffer);

inline bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
inline char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace su::logs
