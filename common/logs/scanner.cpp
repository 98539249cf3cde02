// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "logs/severity.hpp"

#include <algorithm>
#include <regex>
#include <unordered_map>

namespace su {

namespace {

constexpr std::size_t k_most_templates = 500;
constexpr std::size_t k_longest_example = 400;
constexpr std::string_view k_others = "(others)";

bool is_indented(std::string_view line) {
    return !line.empty() && (line[0] == ' ' || line[0] == '\t');
}

bool is_traceback_head(std::string_view line) {
    return contains(line, "Traceback (most recent call last)");
}

/// Lines that belong to the error before them: stack frames, causes, PostgreSQL's DETAIL.
bool continues_error(std::string_view line) {
    return is_indented(line) || line.starts_with("Caused by:") || line.starts_with("goroutine ") ||
           line == "}" || line == "]";
}

bool chains_traceback(std::string_view line) {
    return line.starts_with("During handling of the above exception") ||
           line.starts_with("The above exception was the direct cause");
}

}  // namespace

struct LogScanner::State {
    enum class Inside { nothing, error, traceback, chained };

    std::vector<std::regex> ignore;
    std::uint64_t lines = 0;
    std::uint64_t errors = 0;
    std::string first;
    std::string last;
    Inside inside = Inside::nothing;
    bool own_event = false;  ///< the traceback is the error itself, its last line gives the template
    std::string traceback_head;
    std::unordered_map<std::string, LogPattern> found;

    [[nodiscard]] bool is_ignored(std::string_view line) const {
        return std::any_of(ignore.begin(), ignore.end(), [&](const std::regex& expression) {
            return std::regex_search(line.begin(), line.end(), expression);
        });
    }

    void add(std::string_view line, Severity severity) {
        if (is_ignored(line)) return;
        ++errors;
        std::string text = line_template(line);
        if (found.size() >= k_most_templates && !found.contains(text)) text = k_others;
        auto& pattern = found[text];
        if (pattern.count++ == 0) {
            std::string buffer;
            pattern.text = text;
            const auto plain = logs::without_colours(line, buffer);
            pattern.example = printable(plain.substr(0, k_longest_example));
            if (pattern.example.size() > k_longest_example) pattern.example.resize(k_longest_example);
        }
        pattern.severity = std::max(pattern.severity, severity);
    }

    /// True when the line belongs to what came before it.
    bool continues(std::string_view line) {
        switch (inside) {
            case Inside::nothing:
                return false;
            case Inside::error:
                if (is_traceback_head(line)) {
                    inside = Inside::traceback;
                    own_event = false;
                    return true;
                }
                return continues_error(line);
            case Inside::traceback:
                if (is_indented(line)) return true;
                if (own_event) add(line.empty() ? traceback_head : line, Severity::error);
                own_event = false;
                inside = Inside::chained;
                return true;
            case Inside::chained:
                if (line.empty() || chains_traceback(line)) return true;
                if (is_traceback_head(line)) {
                    inside = Inside::traceback;
                    return true;
                }
                return is_indented(line);
        }
        return false;
    }

    void feed(std::string_view line) {
        if (continues(line)) return;
        inside = Inside::nothing;
        const Severity severity = line_severity(line);
        if (severity < Severity::error) return;
        if (is_traceback_head(line)) {
            inside = Inside::traceback;
            own_event = true;
            traceback_head = line;
            return;
        }
        add(line, severity);
        inside = Inside::error;
    }

    /// A traceback whose last line has not come (the log was cut there) is an error all the same.
    [[nodiscard]] bool is_open() const { return inside == Inside::traceback && own_event; }
};

Result<LogScanner> LogScanner::create(const std::vector<std::string>& ignore) {
    auto state = std::make_unique<State>();
    for (const auto& expression : ignore) {
        try {
            state->ignore.emplace_back(expression, std::regex::ECMAScript | std::regex::optimize);
        } catch (const std::regex_error& error) {
            return Error{Errc::usage,
                         "'" + printable(expression) + "' is not a regular expression: " + error.what(),
                         "ignore patterns are ECMAScript regular expressions"};
        }
    }
    return LogScanner(state.release());
}

LogScanner::LogScanner(State* state) : m_state(state) {}
LogScanner::LogScanner(LogScanner&& other) noexcept : m_state(std::exchange(other.m_state, nullptr)) {}
LogScanner& LogScanner::operator=(LogScanner&& other) noexcept {
    std::swap(m_state, other.m_state);
    return *this;
}
LogScanner::~LogScanner() {
    delete m_state;
}

void LogScanner::feed(std::string_view line, std::string_view timestamp) {
    ++m_state->lines;
    if (!timestamp.empty()) {
        if (m_state->first.empty()) m_state->first = timestamp;
        m_state->last = timestamp;
    }
    m_state->feed(line);
}

std::uint64_t LogScanner::lines() const {
    return m_state->lines;
}
std::uint64_t LogScanner::errors() const {
    return m_state->errors + (m_state->is_open() ? 1 : 0);
}
std::string LogScanner::first_timestamp() const {
    return m_state->first;
}
std::string LogScanner::last_timestamp() const {
    return m_state->last;
}

std::vector<LogPattern> LogScanner::patterns() const {
    std::vector<LogPattern> patterns;
    for (const auto& [text, pattern] : m_state->found) patterns.push_back(pattern);
    if (m_state->is_open()) {
        patterns.push_back(
            {line_template(m_state->traceback_head), printable(m_state->traceback_head), Severity::error, 1});
    }
    std::sort(patterns.begin(), patterns.end(), [](const LogPattern& a, const LogPattern& b) {
        return a.count != b.count ? a.count > b.count : a.text < b.text;
    });
    return patterns;
}

}  // namespace su
