// SPDX-License-Identifier: Apache-2.0
// Reads a YAML document with line numbers and goes on after a mistake, so that all mistakes are told at once.
// Internal to profile/.
#pragma once

#include "base/json.hpp"

#include <yaml-cpp/yaml.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace su {

/// Mistakes of one document, each with its line.
class Problems {
  public:
    explicit Problems(std::string where);
    void add(const YAML::Node& node, const std::string& what);
    void add(int line, const std::string& what);  ///< first line is 1; 0: the whole document
    [[nodiscard]] bool empty() const { return m_found.empty(); }
    [[nodiscard]] const std::string& where() const { return m_where; }
    [[nodiscard]] std::string text() const;  ///< in order of lines, one "WHERE:LINE: what" a line

  private:
    std::string m_where;
    std::multimap<int, std::string> m_found;
};

int line_of(const YAML::Node& node);

/// "; did you mean X?" or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

/// "'...'" printable and cut: what is quoted in a message comes from an untrusted file.
std::string shown(std::string_view text);

/// A node as a value. Trees deeper than 20 or larger than 10,000 nodes (a bomb of anchors, a cycle) are a
/// problem.
Json to_json(const YAML::Node& node, Problems& problems);

/// A map whose keys are known. Reports keys that are unknown or given twice, and values of another type.
class YamlMap {
  public:
    /// `what` names the map in messages: "a check". A node that is no map is a problem, and all keys are
    /// absent.
    YamlMap(const YAML::Node& node, std::string what, const std::vector<std::string>& known,
            Problems& problems);

    /// The node under a key; undefined when it is absent or null.
    [[nodiscard]] YAML::Node at(const std::string& key) const;
    [[nodiscard]] bool has(const std::string& key) const { return m_members.count(key) != 0; }
    [[nodiscard]] const std::map<std::string, YAML::Node>& members() const { return m_members; }
    [[nodiscard]] const YAML::Node& node() const { return m_node; }
    void require(const std::string& key) const;

    [[nodiscard]] std::string text(const std::string& key) const;
    [[nodiscard]] bool flag(const std::string& key, bool fallback) const;
    /// A text or a list of texts, each with its node for messages.
    struct Item {
        std::string text;
        YAML::Node node;
    };
    [[nodiscard]] std::vector<Item> texts(const std::string& key) const;
    [[nodiscard]] std::vector<YAML::Node> list(const std::string& key) const;
    /// One of `words`; the first when absent or wrong.
    [[nodiscard]] std::string word(const std::string& key, const std::vector<std::string>& words) const;

    [[nodiscard]] std::string name_of(const std::string& key) const { return "'" + key + "' of " + m_what; }

  private:
    YAML::Node m_node;
    std::string m_what;
    std::map<std::string, YAML::Node> m_members;
    Problems& m_problems;
};

}  // namespace su
