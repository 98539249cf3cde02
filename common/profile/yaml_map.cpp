// SPDX-License-Identifier: Apache-2.0
#include "profile/yaml_map.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace su {

namespace {

constexpr int k_max_depth = 20;
constexpr int k_max_nodes = 10'000;
constexpr std::size_t k_max_problems = 50;
constexpr std::size_t k_max_shown = 60;
constexpr std::size_t k_max_items = 2'000;

std::string type_of(const YAML::Node& node, const Json& scalar) {
    if (node.IsMap()) return "a map";
    if (node.IsSequence()) return "a list";
    if (scalar.is_boolean()) return "true or false";
    if (scalar.is_number()) return "a number";
    return scalar.is_null() ? "nothing" : "a text";
}

/// A scalar with its YAML 1.2 core type; a quoted one is always a text.
Json scalar_of(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    if (node.Tag() != "?" && !node.Tag().empty()) return text;
    const std::string lower = to_lower(text);
    if (lower.empty() || lower == "~" || lower == "null") return nullptr;
    if (lower == "true" || lower == "false") return lower == "true";
    Json number = Json::parse(text, nullptr, false);
    return number.is_number() ? number : Json(text);
}

struct ToJson {
    Problems& problems;
    int nodes = 0;

    Json convert(const YAML::Node& node, int depth) {
        if (depth > k_max_depth || ++nodes > k_max_nodes) {
            if (nodes < 2 * k_max_nodes) problems.add(node, "too deep or too large");
            nodes = 2 * k_max_nodes;  // told once, and everything after it ends at once
            return nullptr;
        }
        if (node.IsScalar()) return scalar_of(node);
        if (node.IsSequence()) {
            Json list = Json::array();
            for (const auto& item : node) list.push_back(convert(item, depth + 1));
            return list;
        }
        if (!node.IsMap()) return nullptr;
        Json map = Json::object();
        for (const auto& pair : node) {
            if (!pair.first.IsScalar()) {
                problems.add(pair.first, "a key must be a text");
                continue;
            }
            map[pair.first.Scalar()] = convert(pair.second, depth + 1);
        }
        return map;
    }
};

}  // namespace

Problems::Problems(std::string where) : m_where(printable(where)) {}

void Problems::add(const YAML::Node& node, const std::string& what) {
    add(line_of(node), what);
}

void Problems::add(int line, const std::string& what) {
    m_found.emplace(line, what);
}

std::string Problems::text() const {
    std::vector<std::string> lines;
    for (const auto& [line, what] : m_found) {
        if (lines.size() == k_max_problems) {
            lines.push_back(m_where + ": and " + std::to_string(m_found.size() - k_max_problems) + " more");
            break;
        }
        lines.push_back(m_where + (line > 0 ? ":" + std::to_string(line) : "") + ": " + what);
    }
    return join(lines, "\n");
}

int line_of(const YAML::Node& node) {
    if (!node.IsDefined()) return 0;
    const auto mark = node.Mark();
    return mark.is_null() ? 0 : mark.line + 1;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
    if (word.size() > k_max_shown) return "";
    const auto near = nearest(word, candidates);
    return near ? "; did you mean '" + *near + "'?" : "";
}

std::string shown(std::string_view text) {
    const bool cut = text.size() > k_max_shown;
    return "'" + printable(text.substr(0, k_max_shown)) + (cut ? "..." : "") + "'";
}

Json to_json(const YAML::Node& node, Problems& problems) {
    return ToJson{problems}.convert(node, 0);
}

YamlMap::YamlMap(const YAML::Node& node, std::string what, const std::vector<std::string>& known,
                 Problems& problems)
    : m_node(node), m_what(std::move(what)), m_problems(problems) {
    if (!node.IsDefined() || node.IsNull()) return;
    if (!node.IsMap()) {
        problems.add(node, m_what + " must be a map");
        return;
    }
    for (const auto& pair : node) {
        const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
        if (!pair.first.IsScalar()) {
            problems.add(pair.first, "a key of " + m_what + " must be a text");
        } else if (std::find(known.begin(), known.end(), key) == known.end()) {
            problems.add(pair.first,
                         "unknown key " + shown(key) + " in " + m_what + did_you_mean(key, known));
        } else if (!m_members.emplace(key, pair.second).second) {
            problems.add(pair.first, "key " + shown(key) + " of " + m_what + " is given twice");
        }
    }
}

YAML::Node YamlMap::at(const std::string& key) const {
    const auto found = m_members.find(key);
    if (found == m_members.end() || found->second.IsNull()) return YAML::Node(YAML::NodeType::Undefined);
    return found->second;
}

void YamlMap::require(const std::string& key) const {
    if (!at(key).IsDefined()) m_problems.add(m_node, m_what + " needs '" + key + "'");
}

std::string YamlMap::text(const std::string& key) const {
    const auto node = at(key);
    if (!node.IsDefined()) return "";
    const Json value = node.IsScalar() ? scalar_of(node) : Json();
    if (!value.is_string()) {
        const std::string hint = node.IsScalar() ? ": put it in quotes" : "";
        m_problems.add(node, name_of(key) + " must be a text, not " + type_of(node, value) + hint);
        return "";
    }
    if (trim(value.get<std::string>()).empty()) m_problems.add(node, name_of(key) + " is empty");
    return value.get<std::string>();
}

bool YamlMap::flag(const std::string& key, bool fallback) const {
    const auto node = at(key);
    if (!node.IsDefined()) return fallback;
    const Json value = node.IsScalar() ? scalar_of(node) : Json();
    if (value.is_boolean()) return value.get<bool>();
    m_problems.add(node, name_of(key) + " must be true or false, not " + type_of(node, value));
    return fallback;
}

std::vector<YAML::Node> YamlMap::list(const std::string& key) const {
    const auto node = at(key);
    if (!node.IsDefined()) return {};
    if (!node.IsSequence()) {
        m_problems.add(node, name_of(key) + " must be a list");
        return {};
    }
    if (node.size() > k_max_items) {
        m_problems.add(node, name_of(key) + " has more than " + std::to_string(k_max_items) + " items");
        return {};
    }
    std::vector<YAML::Node> items;
    for (const auto& item : node) items.push_back(item);
    return items;
}

std::vector<YamlMap::Item> YamlMap::texts(const std::string& key) const {
    const auto node = at(key);
    if (!node.IsDefined()) return {};
    const auto nodes = node.IsScalar() ? std::vector<YAML::Node>{node} : list(key);
    std::vector<Item> items;
    for (const auto& item : nodes) {
        const Json value = item.IsScalar() ? scalar_of(item) : Json();
        if (!value.is_string()) {
            m_problems.add(item, name_of(key) + " must hold texts, not " + type_of(item, value));
        } else if (trim(value.get<std::string>()).empty()) {
            m_problems.add(item, name_of(key) + " holds an empty text");
        } else {
            items.push_back({value.get<std::string>(), item});
        }
    }
    return items;
}

std::string YamlMap::word(const std::string& key, const std::vector<std::string>& words) const {
    if (!at(key).IsDefined()) return words.front();
    const std::string value = text(key);
    if (value.empty() || std::find(words.begin(), words.end(), value) != words.end()) {
        return value.empty() ? words.front() : value;
    }
    m_problems.add(at(key), name_of(key) + " is " + shown(value) + ", not one of " + join(words, ", ") +
                                did_you_mean(value, words));
    return words.front();
}

}  // namespace su
