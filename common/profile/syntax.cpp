// SPDX-License-Identifier: Apache-2.0
#include "profile/syntax.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>

namespace su {

namespace {

bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool only(std::string_view text, std::string_view others) {
    return std::all_of(text.begin(), text.end(),
                       [&](char c) { return is_alnum(c) || others.find(c) != std::string_view::npos; });
}

bool only_stars(std::string_view text) {
    return text.find_first_not_of("*./-_") == std::string_view::npos;
}

bool is_version(std::string_view text) {
    if (text.starts_with('v')) text.remove_prefix(1);
    const auto parts = split(text, '.');
    return parts.size() <= 3 && std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
               return !part.empty() && part.size() <= 9 &&
                      part.find_first_not_of("0123456789") == std::string::npos;
           });
}

}  // namespace

const char* wrong_name(std::string_view text) {
    if (text.size() <= 63 && is_alnum(text.front()) && only(text, "-_.")) return nullptr;
    return "must be letters, digits, '-', '_' and '.', at most 63";
}

// These names reach a shell in a pod as "$NAME": anything but a plain variable name would be code there.
const char* wrong_env_name(std::string_view text) {
    const bool digit = text.front() >= '0' && text.front() <= '9';
    return !digit && only(text, "_") ? nullptr : "is no name of an environment variable";
}

const char* wrong_env_glob(std::string_view text) {
    for (const auto& name : split(text, '+')) {
        if (name.empty() || !only(name, "_*") || only_stars(name)) {
            return "is no name of an environment variable ('*' stands for any characters, '+' joins names)";
        }
    }
    return nullptr;
}

const char* wrong_chart_glob(std::string_view text) {
    return only(text, "-_.*") && !only_stars(text) ? nullptr : "is no chart name";
}

const char* wrong_image_glob(std::string_view text) {
    if (!only(text, "-_./:*")) return "is no image name";
    if (only_stars(text)) return "would match every image";
    const auto slash = text.rfind('/');
    const auto colon = text.rfind(':');
    const bool tag = colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
    return tag ? "must have no tag: images are compared without theirs" : nullptr;
}

const char* wrong_table(std::string_view text) {
    return only(text, "_$-.") && split(text, '.').size() <= 2
               ? nullptr
               : "is no table name ('table' or 'schema.table')";
}

// The same grammar as plan/semver.cpp understands: terms that must all hold.
const char* wrong_range(std::string_view text) {
    for (const auto& term : split(text, ' ')) {
        if (term.empty()) continue;
        std::string_view version = term;
        for (const std::string_view op : {"<=", ">=", "<", ">", "="}) {
            if (!version.starts_with(op)) continue;
            version.remove_prefix(op.size());
            break;
        }
        if (!is_version(version)) return "is no version range; write '<2.0.0' or '>=1.119.0 <1.120.0'";
    }
    return nullptr;
}

// psql obeys a backslash even in the middle of a statement, and a second statement could write.
const char* wrong_query(std::string_view text) {
    const std::string query = trim(text);
    if (!to_lower(query).starts_with("select ")) return "must be a select";
    if (query.find('\\') != std::string::npos) return "must have no backslash";
    const auto semicolon = query.find(';');
    return semicolon == std::string::npos || semicolon == query.size() - 1 ? nullptr
                                                                           : "must be one statement";
}

std::optional<double> parse_percent(std::string_view text) {
    if (!text.ends_with('%')) return std::nullopt;
    text.remove_suffix(1);
    double value = 0;
    const auto [end, ec] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (ec != std::errc{} || end != text.data() + text.size() || !(value > 0 && value <= 100))
        return std::nullopt;
    return value;
}

bool glob_matches(std::string_view glob, std::string_view text) {
    // The usual greedy walk: on a mismatch go back to the last star and let it take one character more.
    std::size_t g = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t taken = 0;
    while (t < text.size()) {
        if (g < glob.size() && glob[g] == '*') {
            star = g++;
            taken = t;
        } else if (g < glob.size() && glob[g] == text[t]) {
            ++g;
            ++t;
        } else if (star != std::string_view::npos) {
            g = star + 1;
            t = ++taken;
        } else {
            return false;
        }
    }
    while (g < glob.size() && glob[g] == '*') ++g;
    return g == glob.size();
}

}  // namespace su
