// SPDX-License-Identifier: Apache-2.0
#include "logs/severity.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace su::logs {

namespace {

struct Name {
    std::string_view name;
    Severity severity;
};

constexpr std::array<Name, 30> k_names{{
    {"trace", Severity::debug},  {"debug", Severity::debug},     {"verbose", Severity::debug},
    {"silly", Severity::debug},  {"fine", Severity::debug},      {"info", Severity::info},
    {"notice", Severity::info},  {"log", Severity::info},        {"information", Severity::info},
    {"inf", Severity::info},     {"dbg", Severity::debug},       {"wrn", Severity::warning},
    {"warn", Severity::warning}, {"warning", Severity::warning}, {"error", Severity::error},
    {"err", Severity::error},    {"eror", Severity::error},      {"severe", Severity::error},
    {"fatal", Severity::fatal},  {"ftl", Severity::fatal},       {"panic", Severity::fatal},
    {"dpanic", Severity::fatal}, {"critical", Severity::fatal},  {"crit", Severity::fatal},
    {"emerg", Severity::fatal},  {"emergency", Severity::fatal}, {"alert", Severity::fatal},
    {"detail", Severity::info},  {"hint", Severity::info},       {"statement", Severity::info},
}};

std::size_t end_of_string(std::string_view line, std::size_t at) {
    for (; at < line.size(); ++at) {
        if (line[at] == '\\') {
            ++at;
        } else if (line[at] == '"') {
            return at;
        }
    }
    return std::string_view::npos;
}

std::size_t skip_blanks(std::string_view line, std::size_t at) {
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
    return at;
}

bool is_level_key(std::string_view key) {
    return key == "level" || key == "severity" || key == "lvl" || key == "log.level" || key == "loglevel" ||
           key == "levelname" || key == "s" || key == "Level" || key == "@l";
}

bool is_message_key(std::string_view key) {
    return key == "msg" || key == "message" || key == "@m" || key == "event" || key == "log";
}

/// The scalar that starts at `at`, without quotes.
std::string_view scalar(std::string_view line, std::size_t at) {
    if (at >= line.size()) return {};
    if (line[at] == '"') {
        const std::size_t end = end_of_string(line, at + 1);
        return end == std::string_view::npos ? std::string_view{} : line.substr(at + 1, end - at - 1);
    }
    const std::size_t end = line.find_first_of(",} ", at);
    return line.substr(at, end == std::string_view::npos ? end : end - at);
}

void take_member(JsonParts& parts, std::string_view key, std::string_view line, std::size_t value_at) {
    if (is_level_key(key) && (parts.level.empty() || key != "s")) {
        parts.level = scalar(line, value_at);
    } else if (parts.message.empty() && is_message_key(key)) {
        parts.message = scalar(line, value_at);
    }
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<Severity> level_from_name(std::string_view name) {
    if (name.size() == 1 || (name.size() == 2 && is_digit(name[1]))) {  // MongoDB's "s": "E", "D1"
        switch (name[0]) {
            case 'F':
                return Severity::fatal;
            case 'E':
                return Severity::error;
            case 'W':
                return Severity::warning;
            case 'I':
                return Severity::info;
            case 'D':
                return Severity::debug;
            default:
                return std::nullopt;
        }
    }
    for (const auto& row : k_names) {
        if (equals_ignoring_case(name, row.name)) return row.severity;
    }
    return std::nullopt;
}

std::optional<Severity> level_from_number(std::string_view digits) {
    int level = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), level);
    if (ec != std::errc{} || end != digits.data() + digits.size() || digits.empty() || level < 0)
        return std::nullopt;
    if (level >= 60) return Severity::fatal;
    if (level >= 50) return Severity::error;
    if (level >= 40) return Severity::warning;
    if (level >= 30) return Severity::info;
    if (level >= 10) return Severity::debug;
    if (level <= 2) return Severity::fatal;
    if (level == 3) return Severity::error;
    if (level == 4) return Severity::warning;
    return level <= 6 ? Severity::info : Severity::debug;
}

JsonParts json_parts(std::string_view line) {
    JsonParts parts;
    std::size_t at = skip_blanks(line, 0);
    if (at >= line.size() || line[at] != '{') return parts;
    int depth = 0;
    bool at_key = false;
    for (; at < line.size(); ++at) {
        const char c = line[at];
        if (c == '{' || c == '[') {
            ++depth;
            at_key = c == '{' && depth == 1;
        } else if (c == '}' || c == ']') {
            --depth;
        } else if (c == ',') {
            at_key = depth == 1;
        } else if (c == '"') {
            const std::size_t end = end_of_string(line, at + 1);
            if (end == std::string_view::npos) break;  // a line that was cut: what was found so far
            if (at_key && depth == 1) {
                const std::size_t colon = skip_blanks(line, end + 1);
                parts.is_object = parts.is_object || (colon < line.size() && line[colon] == ':');
                take_member(parts, line.substr(at + 1, end - at - 1), line, skip_blanks(line, colon + 1));
            }
            at_key = false;
            at = end;
        }
    }
    return parts;
}

std::string_view without_colours(std::string_view line, std::string& buffer) {
    if (line.find('\x1b') == std::string_view::npos) return line;
    buffer.clear();
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\x1b' && i + 1 < line.size() && line[i + 1] == '[') {
            i += 2;
            while (i < line.size() && (line[i] < '@' || line[i] > '~')) ++i;
        } else {
            buffer += line[i];
        }
    }
    return buffer;
}

}  // namespace su::logs
