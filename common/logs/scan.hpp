// SPDX-License-Identifier: Apache-2.0
// Pure: log lines in, counts and findings out, in constant memory. Knows nothing of pods.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace su {

enum class Severity { none, debug, info, warning, error, fatal };

/// From JSON ("level", "severity", "lvl"; names or bunyan/pino numbers), logfmt (level=), klog (E0101 ...),
/// and plain text (the words ERROR, FATAL, PANIC, CRITICAL as whole words, "Traceback", "Unhandled"); "0
/// errors" and "no error" are none.
Severity line_severity(std::string_view line);

/// The line with numbers, hexadecimal words, UUIDs, addresses, timestamps and quoted values replaced by
/// marks, so that the same message counts as one.
std::string line_template(std::string_view line);

struct LogPattern {
    std::string text;     ///< template
    std::string example;  ///< first line seen, printable, at most 400 bytes; whoever shows it masks it
                          ///< (diff/mask.hpp)
    Severity severity = Severity::error;
    std::uint64_t count = 0;
};

/// Collects error and fatal lines; a stack trace counts as one error with its head. At most 500 templates are
/// kept; what comes after is counted as "(others)".
class LogScanner {
  public:
    /// ECMAScript regular expressions of lines to ignore. Error: usage, with the expression.
    static Result<LogScanner> create(const std::vector<std::string>& ignore);
    LogScanner(LogScanner&&) noexcept;
    LogScanner& operator=(LogScanner&&) noexcept;
    ~LogScanner();
    void feed(std::string_view line, std::string_view timestamp);

    [[nodiscard]] std::uint64_t lines() const;
    [[nodiscard]] std::uint64_t errors() const;              ///< error and fatal lines
    [[nodiscard]] std::vector<LogPattern> patterns() const;  ///< most frequent first
    [[nodiscard]] std::string first_timestamp() const;
    [[nodiscard]] std::string last_timestamp() const;

  private:
    struct State;
    explicit LogScanner(State* state);
    State* m_state;
};

}  // namespace su
