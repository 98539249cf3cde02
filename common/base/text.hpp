// SPDX-License-Identifier: Apache-2.0
// Small, pure text helpers.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace su {

std::string trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
std::vector<std::string> split_lines(std::string_view text);  ///< without line ends; no empty last line
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string to_lower(std::string_view text);
bool contains(std::string_view text, std::string_view part);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

/// A whole decimal number and nothing else, else nothing.
std::optional<std::int64_t> parse_int(std::string_view text);
/// "90s", "5m", "1h30m", "250ms" as Go's durations (the part that helm takes), else nothing.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// Text that came from a pod, chart or cluster, fit for a terminal: control characters and escapes become
/// "\xNN"; tab stays; line feed stays only when `keep_newlines`. Bytes that are no UTF-8 become "\xNN" too.
std::string printable(std::string_view text, bool keep_newlines = false);

std::string human_bytes(std::uint64_t bytes);                    ///< "1.4 MiB"
std::string human_duration(std::chrono::milliseconds duration);  ///< "850 ms", "4.2 s", "3m12s"
std::string plural(std::int64_t n, std::string_view singular,
                   std::string_view plural_form = {});  ///< "1 pod", "2 pods"

/// The entry nearest to `word` for "did you mean"; nothing when none is near (edit distance <= 2 or a third).
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);
std::size_t edit_distance(std::string_view a, std::string_view b);

/// Quotes for showing a command to a person who will paste it into a POSIX shell.
std::string shell_quote(std::string_view word);
std::string shell_quote(const std::vector<std::string>& argv);

/// True for a DNS-1123 label or subdomain as Kubernetes object names are (RFC 1123); safe as a file name
/// part.
bool is_dns_name(std::string_view name);

std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);
std::string url_encode(std::string_view text);

}  // namespace su
