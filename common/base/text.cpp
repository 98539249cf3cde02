// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

#include <nettle/base64.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>

namespace su {

std::string trim(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return std::string(text);
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
        const auto at = text.find(separator);
        parts.emplace_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::vector<std::string> split_lines(std::string_view text) {
    auto lines = split(text, '\n');
    if (!lines.empty() && lines.back().empty()) lines.pop_back();
    for (auto& line : lines) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
    }
    return lines;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) out += separator;
        out += parts[i];
    }
    return out;
}

std::string to_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
    if (from.empty()) return text;
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
    }
    return text;
}

std::optional<std::int64_t> parse_int(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    if (text == "0") return std::chrono::milliseconds{0};
    double total_ms = 0;
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        double number = 0;
        const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (ec != std::errc{} || number < 0) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        double factor = 0;
        std::size_t unit = 1;
        if (text.starts_with("ms")) {
            factor = 1;
            unit = 2;
        } else if (text.starts_with("s")) {
            factor = 1000;
        } else if (text.starts_with("m")) {
            factor = 60'000;
        } else if (text.starts_with("h")) {
            factor = 3'600'000;
        } else {
            return std::nullopt;
        }
        total_ms += number * factor;
        text.remove_prefix(unit);
    }
    return std::chrono::milliseconds{static_cast<std::int64_t>(total_ms)};
}

namespace {

/// Length of the valid UTF-8 sequence at the start of `text`, or 0.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xF0 && first < 0xF5 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
    if (length == 0 || first >= 0xF5 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    return length;
}

/// C1 controls (U+0080..U+009F) start escape sequences on some terminals; direction overrides hide text.
bool is_unsafe_sequence(std::string_view sequence) {
    if (sequence.size() == 2) {
        return static_cast<unsigned char>(sequence[0]) == 0xC2 &&
               static_cast<unsigned char>(sequence[1]) < 0xA0;
    }
    if (sequence.size() != 3 || static_cast<unsigned char>(sequence[0]) != 0xE2) return false;
    const auto second = static_cast<unsigned char>(sequence[1]);
    const auto third = static_cast<unsigned char>(sequence[2]);
    return (second == 0x80 && third >= 0xAA && third <= 0xAE) ||
           (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

void append_escaped(std::string& out, char c) {
    std::array<char, 5> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "\\x%02x", static_cast<unsigned char>(c));
    out += buffer.data();
}

}  // namespace

std::string printable(std::string_view text, bool keep_newlines) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const char c = text.front();
        if (length == 0) {
            append_escaped(out, c);
            text.remove_prefix(1);
            continue;
        }
        const auto sequence = text.substr(0, length);
        const bool control = length == 1 && (static_cast<unsigned char>(c) < 0x20 || c == 0x7F);
        const bool kept = c == '\t' || (c == '\n' && keep_newlines);
        if ((control && !kept) || is_unsafe_sequence(sequence)) {
            for (const char part : sequence) append_escaped(out, part);
        } else {
            out += sequence;
        }
        text.remove_prefix(length);
    }
    return out;
}

std::string human_bytes(std::uint64_t bytes) {
    if (bytes < 1024) return std::to_string(bytes) + " B";
    constexpr std::array<const char*, 5> units{"KiB", "MiB", "GiB", "TiB", "PiB"};
    double value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return buffer.data();
}

std::string human_duration(std::chrono::milliseconds duration) {
    const auto ms = duration.count();
    if (ms < 1000) return std::to_string(ms) + " ms";
    std::array<char, 48> buffer{};
    if (ms < 60'000) {
        std::snprintf(buffer.data(), buffer.size(), "%.1f s", static_cast<double>(ms) / 1000);
    } else if (ms < 3'600'000) {
        std::snprintf(buffer.data(), buffer.size(), "%ldm%02lds", static_cast<long>(ms / 60'000),
                      static_cast<long>(ms / 1000 % 60));
    } else {
        std::snprintf(buffer.data(), buffer.size(), "%ldh%02ldm", static_cast<long>(ms / 3'600'000),
                      static_cast<long>(ms / 60'000 % 60));
    }
    return buffer.data();
}

std::string plural(std::int64_t n, std::string_view singular, std::string_view plural_form) {
    std::string word(singular);
    if (n != 1) word = plural_form.empty() ? word + "s" : std::string(plural_form);
    return std::to_string(n) + " " + word;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
        }
    }
    return row[b.size()];
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates) {
    const std::size_t limit = std::max<std::size_t>(2, word.size() / 3);
    std::optional<std::string> best;
    std::size_t best_distance = limit + 1;
    for (const auto& candidate : candidates) {
        const std::size_t distance = edit_distance(to_lower(word), to_lower(candidate));
        if (distance < best_distance && distance < word.size()) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

std::string shell_quote(std::string_view word) {
    const auto is_plain = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               contains("_-./:=,@%+", std::string_view(&c, 1));
    };
    if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return std::string(word);
    return "'" + replace_all(std::string(word), "'", "'\\''") + "'";
}

std::string shell_quote(const std::vector<std::string>& argv) {
    std::vector<std::string> quoted;
    for (const auto& word : argv) quoted.push_back(shell_quote(word));
    return join(quoted, " ");
}

bool is_dns_name(std::string_view name) {
    if (name.empty() || name.size() > 253) return false;
    const auto is_end = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    if (!is_end(name.front()) || !is_end(name.back()) || contains(name, "..")) return false;
    return std::all_of(name.begin(), name.end(), [&](char c) { return is_end(c) || c == '-' || c == '.'; });
}

std::string base64_encode(std::string_view bytes) {
    std::string out(BASE64_ENCODE_RAW_LENGTH(bytes.size()), '\0');
    base64_encode_raw(out.data(), bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
    return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
    std::string out(BASE64_DECODE_LENGTH(text.size()), '\0');
    base64_decode_ctx context{};
    base64_decode_init(&context);
    std::size_t length = out.size();
    const int ok = base64_decode_update(&context, &length, reinterpret_cast<std::uint8_t*>(out.data()),
                                        text.size(), text.data());
    if (ok == 0 || base64_decode_final(&context) == 0) return std::nullopt;
    out.resize(length);
    return out;
}

std::string url_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 || contains("-_.~", std::string_view(&c, 1))) {
            out += c;
        } else {
            std::array<char, 4> buffer{};
            std::snprintf(buffer.data(), buffer.size(), "%%%02X", static_cast<unsigned char>(c));
            out += buffer.data();
        }
    }
    return out;
}

}  // namespace su
