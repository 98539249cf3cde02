// SPDX-License-Identifier: Apache-2.0
// How bad is a line? Structured levels decide when there are any; then a level word at the line's head; then,
// in lines without any level, the words of failure.
#include "logs/severity.hpp"

#include <algorithm>
#include <array>

namespace su {

using namespace logs;

namespace {

/// Level words stand near the start: behind timestamp, process, host.
constexpr std::size_t k_head = 120;

bool is_klog(std::string_view line) {  // "E0101 12:34:56.789012"
    return line.size() > 14 && is_digit(line[1]) && is_digit(line[2]) && is_digit(line[3]) &&
           is_digit(line[4]) && line[5] == ' ' && is_digit(line[6]) && is_digit(line[7]) && line[8] == ':';
}

std::optional<Severity> named_or_numbered(std::string_view level) {
    if (level.empty()) return std::nullopt;
    return is_digit(level.front()) ? level_from_number(level) : level_from_name(level);
}

std::optional<Severity> logfmt_level(std::string_view line) {
    for (const std::string_view key : {"level=", "lvl=", "severity="}) {
        for (std::size_t at = line.find(key); at != std::string_view::npos; at = line.find(key, at + 1)) {
            if (at > 0 && (is_word(line[at - 1]) || line[at - 1] == '-' || line[at - 1] == '.')) continue;
            auto value = line.substr(at + key.size());
            if (value.starts_with('"')) value.remove_prefix(1);
            std::size_t length = 0;
            while (length < value.size() && is_word(value[length])) ++length;
            if (const auto level = named_or_numbered(value.substr(0, length))) return level;
        }
    }
    return std::nullopt;
}

bool is_upper(std::string_view word) {
    return std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// "ERROR" anywhere in the head, "[error]" or "error:" only where a level stands.
bool stands_as_level(std::string_view line, std::size_t begin, std::size_t end) {
    const auto word = line.substr(begin, end - begin);
    const char before = begin > 0 ? line[begin - 1] : ' ';
    const char after = end < line.size() ? line[end] : ' ';
    if (before == '-' || before == '/' || before == '.' || after == '-' || after == '=' || after == '/')
        return false;
    if (is_upper(word)) return true;
    return (before == '[' && after == ']') || (before == '<' && after == '>');
}

template <class OnWord>
void each_word(std::string_view line, OnWord&& on_word) {
    for (std::size_t at = 0; at < line.size();) {
        if (!is_word(line[at])) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < line.size() && is_word(line[end])) ++end;
        if (!on_word(at, end)) return;
        at = end;
    }
}

std::optional<Severity> head_level(std::string_view line) {
    std::optional<Severity> found;
    const auto head = line.substr(0, k_head);
    each_word(head, [&](std::size_t begin, std::size_t end) {
        if (end - begin < 3 || end - begin > 11 || !stands_as_level(line, begin, end)) return true;
        found = level_from_name(head.substr(begin, end - begin));
        return !found.has_value();
    });
    return found;
}

/// "0 errors", "no error", "errors: 0", "error=null": good news.
bool is_denied(std::string_view line, std::size_t begin, std::size_t end) {
    std::size_t last = begin;
    while (last > 0 && (line[last - 1] == ' ' || line[last - 1] == '-')) --last;
    std::size_t first = last;
    while (first > 0 && is_word(line[first - 1])) --first;
    const auto before = line.substr(first, last - first);
    for (const std::string_view word : {"0", "no", "non", "without", "zero", "any", "ignore", "ignoring"}) {
        if (equals_ignoring_case(before, word)) return true;
    }
    auto rest = line.substr(end);
    if (rest.starts_with("-free")) return true;
    while (!rest.empty() && (rest[0] == '"' || rest[0] == ':' || rest[0] == '=' || rest[0] == ' '))
        rest.remove_prefix(1);
    if (rest.size() + end == line.size()) return false;
    for (const std::string_view word : {"null", "none", "nil", "0", "false", "undefined"}) {
        const bool ends = rest.size() <= word.size() || !is_word(rest[word.size()]);
        if (rest.size() >= word.size() && equals_ignoring_case(rest.substr(0, word.size()), word) && ends)
            return true;
    }
    return false;
}

struct Word {
    std::string_view word;
    Severity severity;
};
constexpr std::array<Word, 13> k_bad_words{{
    {"error", Severity::error},
    {"errors", Severity::error},
    {"fatal", Severity::fatal},
    {"panic", Severity::fatal},
    {"panicked", Severity::fatal},
    {"critical", Severity::fatal},
    {"traceback", Severity::error},
    {"unhandled", Severity::error},
    {"uncaught", Severity::error},
    {"exception", Severity::error},
    {"segfault", Severity::fatal},
    {"unhandledrejection", Severity::error},
    {"unhandledpromiserejection", Severity::error},
}};

/// "QueryFailedError: relation ...", "java.lang.NullPointerException: ..."
bool is_exception_name(std::string_view line, std::size_t begin, std::size_t end) {
    const auto word = line.substr(begin, end - begin);
    const bool ends =
        (word.size() > 5 && word.ends_with("Error")) || (word.size() > 9 && word.ends_with("Exception"));
    return ends && end < line.size() && line[end] == ':';
}

Severity by_words(std::string_view line) {
    Severity worst = Severity::none;
    each_word(line, [&](std::size_t begin, std::size_t end) {
        const char first = lower(line[begin]);
        const std::size_t length = end - begin;
        Severity found = Severity::none;
        if (length >= 5 && (first == 'e' || first == 'f' || first == 'p' || first == 'c' || first == 't' ||
                            first == 'u' || first == 's')) {
            for (const auto& row : k_bad_words) {
                if (equals_ignoring_case(line.substr(begin, length), row.word)) found = row.severity;
            }
            if (found != Severity::none && is_denied(line, begin, end)) found = Severity::none;
        }
        if (found == Severity::none && length > 5 && is_exception_name(line, begin, end))
            found = Severity::error;
        worst = std::max(worst, found);
        return worst != Severity::fatal;
    });
    return worst;
}

}  // namespace

Severity line_severity(std::string_view raw) {
    std::string buffer;
    const auto line = without_colours(raw, buffer);
    if (line.empty()) return Severity::none;
    if (is_klog(line)) {
        if (const auto level = level_from_name(line.substr(0, 1))) return *level;
    }
    const auto json = json_parts(line);
    if (json.is_object) {
        if (const auto level = named_or_numbered(json.level)) return *level;
        return by_words(json.message.empty() ? line : json.message);
    }
    if (const auto level = logfmt_level(line)) return *level;
    if (const auto level = head_level(line)) return *level;
    return by_words(line);
}

}  // namespace su
