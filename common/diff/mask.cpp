// SPDX-License-Identifier: Apache-2.0
// Masks keys and values; mask_text.cpp masks inside longer texts.
#include "diff/mask.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <set>

namespace su {

namespace {

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// "dbPassword", "DB_PASSWORD" and "db-password" are all {"db", "password"}.
std::vector<std::string> words_of(std::string_view key) {
    std::vector<std::string> words;
    std::string word;
    const auto end_word = [&] {
        if (!word.empty()) words.push_back(to_lower(word));
        word.clear();
    };
    for (std::size_t i = 0; i < key.size(); ++i) {
        const char c = key[i];
        if (!is_upper(c) && !is_lower(c) && !is_digit(c)) {
            end_word();
            continue;
        }
        const bool hump = is_upper(c) && i > 0 && (is_lower(key[i - 1]) || is_digit(key[i - 1]));
        const bool last_of_capitals =
            is_upper(c) && i > 0 && is_upper(key[i - 1]) && i + 1 < key.size() && is_lower(key[i + 1]);
        if (hump || last_of_capitals) end_word();
        word += c;
    }
    end_word();
    return words;
}

bool in(const std::set<std::string, std::less<>>& set, std::string_view word) {
    return set.find(word) != set.end();
}

/// Words that by themselves say "secret"; the long ones also inside another word ("dbpassword").
bool is_secret_word(const std::string& word) {
    static const std::set<std::string, std::less<>> words{
        "pass", "pwd",     "token",    "credential", "credentials", "creds", "privatekey", "salt",
        "dsn",  "authkey", "passcode", "pw",         "apikey",      "jwt",   "pepper",     "tokens"};
    if (in(words, word)) return true;
    static const std::array<std::string_view, 8> parts{"password", "passwd",    "passphrase", "secret",
                                                       "apikey",   "accesskey", "authtoken",  "privatekey"};
    return std::any_of(parts.begin(), parts.end(),
                       [&](std::string_view part) { return contains(word, part); });
}

/// A "key" is a secret after one of these: "api key", but not "sort key".
bool is_secret_pair(const std::string& before, const std::string& word) {
    static const std::set<std::string, std::less<>> kinds{
        "api",    "private", "access",  "encryption", "auth", "signing", "master", "ssh", "hmac", "session",
        "cookie", "app",     "license", "client",     "root", "unseal",  "tls",    "ssl", "pgp",  "gpg"};
    return (word == "key" || word == "keys") && in(kinds, before);
}

/// "secretName", "passwordFile", "tokenTtl": these say where or how, not what.
bool is_about_secret(const std::vector<std::string>& words) {
    static const std::set<std::string, std::less<>> last{
        "name",       "names",     "ref",      "refs",     "file",     "files",    "path",        "paths",
        "mount",      "dir",       "enabled",  "disabled", "length",   "policy",   "ttl",         "expiry",
        "expiration", "lifetime",  "duration", "timeout",  "interval", "endpoint", "type",        "kind",
        "format",     "algorithm", "provider", "class",    "version",  "selector", "annotations", "labels",
        "seconds",    "days",      "hours",    "namespace"};
    static const std::set<std::string, std::less<>> first{"existing", "automount", "create", "rotate",
                                                          "max",      "min",       "num"};
    if (in(last, words.back()) || in(first, words.front())) return true;
    // "imagePullSecrets" is a list of names
    return words.size() >= 2 && words[words.size() - 2] == "pull";
}

/// Leaves under a secret-like key that name or describe, as in a volume's `secret: {secretName: x,
/// defaultMode: 420}`.
bool is_structural(const std::string& key, const Json& parent) {
    static const std::set<std::string, std::less<>> keys{
        "name",     "namespace", "enabled", "create",   "defaultMode",      "mode",
        "optional", "path",      "type",    "audience", "expirationSeconds"};
    if (in(keys, key)) return true;
    const bool reference =
        parent.contains("name") || parent.contains("secretName") || parent.contains("path");
    if (key == "key" && reference) return true;
    const auto words = words_of(key);
    return !words.empty() && is_about_secret(words);
}

bool is_base64url(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_upper(c) || is_lower(c) || is_digit(c) || c == '-' || c == '_' || c == '=';
    });
}

bool is_jwt(std::string_view value) {
    if (!value.starts_with("eyJ")) return false;
    const auto parts = split(value, '.');
    return parts.size() == 3 && value.size() > 30 && std::all_of(parts.begin(), parts.end(), is_base64url);
}

double entropy_per_character(std::string_view text) {
    std::array<int, 256> counts{};
    for (const char c : text) ++counts[static_cast<unsigned char>(c)];
    double bits = 0;
    for (const int count : counts) {
        if (count == 0) continue;
        const double share = static_cast<double>(count) / static_cast<double>(text.size());
        bits -= share * std::log2(share);
    }
    return bits;
}

bool is_uuid(std::string_view text) {
    return text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-';
}

bool is_random(std::string_view text) {
    if (text.size() < 24 || text.size() > 4096 || is_uuid(text)) return false;
    int upper = 0;
    int lower = 0;
    int digit = 0;
    bool hex = true;
    for (const char c : text) {
        upper += is_upper(c);
        lower += is_lower(c);
        digit += is_digit(c);
        if (!is_upper(c) && !is_lower(c) && !is_digit(c) && !contains("+/=_-", std::string_view(&c, 1)))
            return false;
        hex = hex && std::isxdigit(static_cast<unsigned char>(c)) != 0;
    }
    if (hex && digit >= 2 && upper + lower >= 2) return text.size() >= 32;
    const bool path = contains(text, "/") && text.size() < 40;
    return !path && upper >= 2 && lower >= 2 && digit >= 2 && entropy_per_character(text) >= 3.6;
}

Json mask_string(const std::string& text) {
    const std::string masked = mask_text(text);
    if (masked != text && masked.find(k_mask) != std::string::npos) return masked;  // a URL keeps its host
    return is_secret_value(text) ? Json(k_mask) : Json(text);
}

/// Everything under a secret-like key, except what names or describes.
Json mask_all(const Json& value) {
    if (value.is_object()) {
        Json masked = Json::object();
        for (const auto& [key, member] : value.items()) {
            masked[key] = is_structural(key, value) ? mask_value({}, member) : mask_all(member);
        }
        return masked;
    }
    if (value.is_array()) {
        Json masked = Json::array();
        for (const auto& item : value) masked.push_back(mask_all(item));
        return masked;
    }
    const bool empty = value.is_string() && value.get_ref<const std::string&>().empty();
    return value.is_null() || value.is_boolean() || empty ? value : Json(k_mask);
}

/// "--password", "hunter2" in a list of arguments: the item after such a flag.
bool is_secret_flag(const Json& item) {
    if (!item.is_string()) return false;
    const auto& text = item.get_ref<const std::string&>();
    return text.starts_with('-') && !contains(text, "=") && is_secret_key(text);
}

Json mask_list(const Json& list) {
    Json masked = Json::array();
    bool after_flag = false;
    for (const auto& item : list) {
        masked.push_back(after_flag && item.is_string() ? Json(k_mask) : mask_value({}, item));
        after_flag = is_secret_flag(item);
    }
    return masked;
}

Json mask_map(const Json& map) {
    // {name: DB_PASSWORD, value: x} as in env; Helm's own parameters lists are of the same shape
    const std::string name = map.contains("name") ? text_at(map, {"name"}) : text_at(map, {"key"});
    const bool secret_name = !name.empty() && is_secret_key(name);
    Json masked = Json::object();
    for (const auto& [key, member] : map.items()) {
        masked[key] = secret_name && key == "value" ? mask_all(member) : mask_value(key, member);
    }
    return masked;
}

}  // namespace

bool is_secret_key(std::string_view key) {
    const auto words = words_of(key);
    if (words.empty() || is_about_secret(words)) return false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (is_secret_word(words[i])) return true;
        if (i > 0 && is_secret_pair(words[i - 1], words[i])) return true;
    }
    return false;
}

bool is_secret_value(std::string_view value) {
    if (contains(value, "-----BEGIN ") && contains(value, "PRIVATE KEY")) return true;
    return is_jwt(value) || is_random(value) || mask_text(value) != value;
}

Json mask_value(const std::string& key, const Json& value) {
    if (!key.empty() && is_secret_key(key)) return mask_all(value);
    if (value.is_object()) return mask_map(value);
    if (value.is_array()) return mask_list(value);
    return value.is_string() ? mask_string(value.get_ref<const std::string&>()) : value;
}

Json mask_object(const Json& object) {
    Json masked = mask_value({}, object);
    if (!object.is_object() || text_at(object, {"kind"}) != "Secret") return masked;
    for (const char* key : {"data", "stringData"}) {
        if (!object.contains(key) || !object.at(key).is_object()) continue;
        for (const auto& [name, value] : object.at(key).items()) masked[key][name] = std::string(k_mask);
    }
    return masked;
}

}  // namespace su
