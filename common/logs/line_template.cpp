// SPDX-License-Identifier: Apache-2.0
// Same message, same text: what differs from one occurrence to the next is replaced by marks.
#include "base/text.hpp"
#include "logs/severity.hpp"

#include <algorithm>

namespace su {

using namespace logs;

namespace {

constexpr std::size_t k_longest = 300;

bool is_hex(char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

/// 8-4-4-4-12
bool is_uuid(std::string_view text) {
    if (text.size() < 36 || (text.size() > 36 && is_word(text[36]))) return false;
    for (std::size_t i = 0; i < 36; ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
    }
    return true;
}

bool is_hex_word(std::string_view word) {
    if (word.starts_with("0x")) word.remove_prefix(2);
    if (word.size() < 8) return false;
    return std::all_of(word.begin(), word.end(), is_hex) && std::any_of(word.begin(), word.end(), is_digit);
}

void append_word(std::string& out, std::string_view word) {
    if (word.starts_with("0x") || is_hex_word(word)) {
        const bool number = std::all_of(word.begin(), word.end(), is_digit);
        out += number ? "<n>" : "<hex>";
        return;
    }
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (!is_digit(word[i])) {
            out += word[i];
        } else if (i == 0 || !is_digit(word[i - 1])) {
            out += "<n>";
        }
    }
}

/// The end of a quoted value that starts at `at`, or npos: an apostrophe inside a word is no quote.
std::size_t quoted_end(std::string_view line, std::size_t at) {
    if (at > 0 && is_word(line[at - 1])) return std::string_view::npos;
    for (std::size_t end = at + 1; end < line.size(); ++end) {
        if (line[end] == '\\') {
            ++end;
        } else if (line[end] == line[at] && (end + 1 == line.size() || !is_word(line[end + 1]))) {
            return end;
        }
    }
    return std::string_view::npos;
}

/// "<n>.<n>.<n>.<n>:<n>" and "<n>-<n>-<n>T<n>:<n>:<n>Z" become one mark: fractions and parts come and go.
std::string joined_numbers(const std::string& text) {
    static constexpr std::string_view mark = "<n>";
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        if (text.compare(at, mark.size(), mark) != 0) {
            out += text[at++];
            continue;
        }
        at += mark.size();
        out += mark;
        while (at + 1 < text.size() && std::string_view("-:./,+T").find(text[at]) != std::string_view::npos &&
               text.compare(at + 1, mark.size(), mark) == 0) {
            at += 1 + mark.size();
        }
        if (at < text.size() && text[at] == 'Z' && (at + 1 == text.size() || !is_word(text[at + 1]))) ++at;
    }
    return out;
}

std::string marked(std::string_view line) {
    std::string out;
    for (std::size_t at = 0; at < line.size();) {
        const char c = line[at];
        if (is_word(c)) {
            if (is_uuid(line.substr(at))) {
                out += "<uuid>";
                at += 36;
                continue;
            }
            std::size_t end = at;
            while (end < line.size() && is_word(line[end])) ++end;
            append_word(out, line.substr(at, end - at));
            at = end;
        } else if (const std::size_t end =
                       c == '"' || c == '\'' || c == '`' ? quoted_end(line, at) : std::string_view::npos;
                   end != std::string_view::npos) {
            out += "<str>";
            at = end + 1;
        } else {
            const bool blank = c == ' ' || c == '\t';
            if (!blank || (!out.empty() && out.back() != ' ')) out += blank ? ' ' : c;
            ++at;
        }
    }
    return out;
}

/// The time at the line's head says nothing about the message.
std::string_view without_time(std::string_view text) {
    const std::string_view mark = "<n>";
    const auto strip = [&](std::string_view prefix) {
        if (!text.starts_with(prefix)) return false;
        text.remove_prefix(prefix.size());
        return true;
    };
    while (strip("[<n>] ") || strip("<n> ") || strip("(<n>) ")) {
    }
    return text.starts_with(mark) && text.size() == mark.size() ? std::string_view{} : text;
}

}  // namespace

std::string line_template(std::string_view raw) {
    std::string buffer;
    auto line = without_colours(raw, buffer);
    const auto json = json_parts(line);
    if (json.is_object && !json.message.empty()) line = json.message;
    if (line.size() > 4 * k_longest) line = line.substr(0, 4 * k_longest);
    const std::string text = joined_numbers(marked(line));
    std::string out = printable(trim(without_time(text)));
    if (out.size() > k_longest) out = printable(std::string_view(out).substr(0, k_longest));
    return out;
}

}  // namespace su
