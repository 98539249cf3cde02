// SPDX-License-Identifier: Apache-2.0
// UTC wall-clock time as RFC 3339 text, as Kubernetes and our files write it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace su {

using Time = std::chrono::system_clock::time_point;

Time now();
std::string to_rfc3339(Time time);                         ///< "2026-11-21T11:42:21Z"
std::string to_rfc3339_micro(Time time);                   ///< with six digits, as Lease renewTime wants
std::optional<Time> parse_rfc3339(std::string_view text);  ///< fraction and offset understood
std::string to_file_stamp(Time time);                      ///< "20261121-114221", for names

}  // namespace su
