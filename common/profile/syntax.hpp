// SPDX-License-Identifier: Apache-2.0
// The small languages inside a profile: names, globs, version ranges, queries. Internal to profile/.
#pragma once

#include <optional>
#include <string_view>

namespace su {

// Each says what is wrong with a text ("must ..."), or null when nothing is.
const char* wrong_name(std::string_view text);
const char* wrong_env_name(std::string_view text);
const char* wrong_env_glob(std::string_view text);
const char* wrong_chart_glob(std::string_view text);
const char* wrong_image_glob(std::string_view text);
const char* wrong_table(std::string_view text);
const char* wrong_range(std::string_view text);
const char* wrong_query(std::string_view text);

std::optional<double> parse_percent(std::string_view text);  ///< "5%", "0.5%": above 0, up to 100

/// '*' stands for any number of any characters. Linear in practice, never exponential.
bool glob_matches(std::string_view glob, std::string_view text);

}  // namespace su
