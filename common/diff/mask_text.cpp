// SPDX-License-Identifier: Apache-2.0
// One pass over a text: "scheme://user:password@", "password=...", "--token ...", "Bearer ...", PEM keys,
// known tokens.
#include "base/text.hpp"
#include "diff/mask.hpp"

#include <algorithm>
#include <array>

namespace su {

namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_quote(char c) {
    return c == '"' || c == '\'' || c == '`';
}
bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

class TextMasker {
  public:
    explicit TextMasker(std::string_view text) : m_text(text) {}

    std::string run() {
        while (m_at < m_text.size()) {
            if (mask_pem() || mask_url()) continue;
            if (is_word(m_text[m_at])) {
                take_word();
            } else {
                m_out += m_text[m_at++];
            }
        }
        return std::move(m_out);
    }

  private:
    [[nodiscard]] std::string_view rest() const { return m_text.substr(m_at); }

    void copy(std::size_t count) {
        m_out += m_text.substr(m_at, count);
        m_at += std::min(count, m_text.size() - m_at);
    }

    void mask(std::size_t count) {
        m_out += k_mask;
        m_at += count;
    }

    bool mask_pem() {
        if (!rest().starts_with("-----BEGIN ")) return false;
        const auto head = rest().substr(0, rest().find('\n'));
        if (!contains(head, "PRIVATE KEY")) return false;
        const auto end = rest().find("-----END ");
        const auto close = end == std::string_view::npos ? end : rest().find("-----", end + 9);
        mask(close == std::string_view::npos ? rest().size() : close + 5);
        return true;
    }

    /// The password of a URL; "host:port/path@x" is none.
    bool mask_url() {
        if (!rest().starts_with("://")) return false;
        std::size_t end = 3;
        while (m_at + end < m_text.size() && !is_space(rest()[end]) && !is_quote(rest()[end]) &&
               rest()[end] != '<' && rest()[end] != '>') {
            ++end;
        }
        const auto authority = rest().substr(3, end - 3);
        const auto colon = authority.find(':');
        const auto at = authority.rfind('@');
        if (colon == std::string_view::npos || at == std::string_view::npos || colon + 1 >= at) return false;
        const auto password = authority.substr(colon + 1, at - colon - 1);
        const auto slash = password.find('/');
        if (authority.substr(0, colon).find('/') != std::string_view::npos) return false;
        if (slash != std::string_view::npos && parse_int(password.substr(0, slash))) return false;
        copy(3 + colon + 1);
        mask(password.size());
        return true;
    }

    void take_word() {
        std::size_t length = 0;
        while (m_at + length < m_text.size() && is_word(m_text[m_at + length])) ++length;
        const std::string_view word = m_text.substr(m_at, length);
        if (is_known_token(word)) {
            mask(length);
            return;
        }
        copy(length);
        const std::string lower = to_lower(word);
        if (lower == "bearer" || lower == "basic") {
            mask_after_scheme();
        } else if (is_secret_key(word)) {
            mask_assigned(word.starts_with("--"));
        }
    }

    /// "Bearer abcdef...": a word of prose ("basic settings") has no such look.
    void mask_after_scheme() {
        std::size_t skip = 0;
        while (skip < rest().size() && rest()[skip] == ' ') ++skip;
        const std::size_t length = value_length(skip);
        if (skip == 0 || length < 12) return;
        copy(skip);
        mask(length);
    }

    /// key=value, key: value, "key": "value", and --key value when it is a flag.
    void mask_assigned(bool flag) {
        std::size_t skip = 0;
        const auto text = rest();
        if (skip + 1 < text.size() && text[skip] == '\\' && is_quote(text[skip + 1]))
            ++skip;  // JSON inside a string
        if (skip < text.size() && is_quote(text[skip])) ++skip;
        while (skip < text.size() && (text[skip] == ' ' || text[skip] == '\t')) ++skip;
        if (skip < text.size() && (text[skip] == '=' || text[skip] == ':')) {
            ++skip;
            if (skip < text.size() && (text[skip] == '=' || text[skip] == '>')) ++skip;
        } else if (!flag || skip == 0) {
            return;
        }
        while (skip < text.size() && (text[skip] == ' ' || text[skip] == '\t')) ++skip;
        const std::size_t escaped = text.substr(skip).starts_with("\\\"") ? 1 : 0;
        const bool quoted = skip + escaped < text.size() && is_quote(text[skip + escaped]);
        const std::size_t start = skip + escaped + (quoted ? 1 : 0);
        const std::size_t length =
            quoted ? quoted_length(start, text[start - 1], escaped != 0) : value_length(start);
        if (length == 0 || text.substr(start).starts_with("//")) return;
        copy(start);
        mask(length);
    }

    [[nodiscard]] std::size_t quoted_length(std::size_t start, char quote, bool escaped) const {
        const auto text = rest();
        std::size_t end = start;
        while (end < text.size() && text[end] != quote) {
            if (text[end] == '\\' && end + 1 < text.size()) {
                if (escaped && text[end + 1] == quote) break;
                ++end;
            }
            ++end;
        }
        return std::min(end, text.size()) - start;
    }

    /// An unquoted value ends at white space or at what ends a list, but a lone ',' or ';' may be in a
    /// password: it ends there only before white space or a new "key=".
    [[nodiscard]] std::size_t value_length(std::size_t start) const {
        const auto text = rest();
        std::size_t end = start;
        while (end < text.size() && !is_space(text[end]) && !is_quote(text[end]) && !ends_value(text, end))
            ++end;
        return end - start;
    }

    static bool ends_value(std::string_view text, std::size_t at) {
        const char c = text[at];
        if (c == '&') return true;
        if (!contains(",;)}]", std::string_view(&c, 1))) return false;
        std::size_t next = at + 1;
        if (next == text.size() || is_space(text[next])) return true;
        while (next < text.size() && is_word(text[next])) ++next;
        return next > at + 1 && next < text.size() && (text[next] == '=' || text[next] == ':');
    }

    static bool is_known_token(std::string_view word) {
        static const std::array<std::string_view, 14> prefixes{
            "ghp_",  "gho_", "ghs_", "ghu_", "github_pat_", "glpat-",          "xoxb-",
            "xoxp-", "hvs.", "AKIA", "ASIA", "AIza",        "age-secret-key-", "AGE-SECRET-KEY-"};
        if (word.size() >= 16) {
            for (const auto prefix : prefixes) {
                if (word.starts_with(prefix)) return true;
            }
        }
        const auto dots = std::count(word.begin(), word.end(), '.');
        return word.size() > 30 && dots == 2 && word.starts_with("eyJ");
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    std::string m_out;
};

}  // namespace

std::string mask_text(std::string_view text) {
    return TextMasker(text).run();
}

}  // namespace su
