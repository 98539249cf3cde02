// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "profile/profile.hpp"
#include "profile/syntax.hpp"
#include "profile/yaml_map.hpp"

#include <algorithm>
#include <set>

namespace su {

namespace {

constexpr std::string_view k_api_version = "safe-upgrade/v1";
constexpr std::size_t k_max_bytes = 256 * 1024;
const std::vector<std::string> k_check_keys{"kind", "id", "required", "on-fail"};

/// Text for people: one printable line, however it was folded in the file.
std::string sentence(const std::string& text) {
    return trim(printable(replace_all(text, "\n", " ")));
}

class Loader {
  public:
    Loader(Problems& problems, ProfileOrigin origin, const std::vector<CheckKindKeys>& kinds)
        : m_problems(problems), m_origin(origin), m_kinds(kinds) {}

    Profile load(const YAML::Node& root);

  private:
    void load_match(const YamlMap& map, Profile& profile);
    DatabaseSpec load_database(const YAML::Node& node);
    void load_env(const YAML::Node& node, DatabaseSpec& spec);
    TableRule load_table(const YAML::Node& node, std::set<std::string>& names);
    void load_rule(const YamlMap& map, TableRule& table);
    CheckSpec load_check(const YAML::Node& node);
    void load_params(const YamlMap& map, const CheckKindKeys& kind, CheckSpec& spec);
    VersionNote load_note(const YAML::Node& node);

    std::vector<std::string> checked(const std::vector<YamlMap::Item>& items,
                                     const char* (*wrong)(std::string_view));
    std::string checked(const YamlMap& map, const std::string& key, const char* (*wrong)(std::string_view));
    void unique(std::set<std::string>& seen, const std::string& id, const YAML::Node& node,
                const std::string& what, const std::string& hint = {});

    Problems& m_problems;
    ProfileOrigin m_origin;
    const std::vector<CheckKindKeys>& m_kinds;
};

std::vector<std::string> Loader::checked(const std::vector<YamlMap::Item>& items,
                                         const char* (*wrong)(std::string_view)) {
    std::vector<std::string> texts;
    for (const auto& item : items) {
        if (const char* why = wrong(item.text)) m_problems.add(item.node, shown(item.text) + " " + why);
        texts.push_back(item.text);
    }
    return texts;
}

std::string Loader::checked(const YamlMap& map, const std::string& key,
                            const char* (*wrong)(std::string_view)) {
    const std::string text = map.text(key);
    if (text.empty()) return text;
    if (const char* why = wrong(text))
        m_problems.add(map.at(key), map.name_of(key) + ": " + shown(text) + " " + why);
    return text;
}

void Loader::unique(std::set<std::string>& seen, const std::string& id, const YAML::Node& node,
                    const std::string& what, const std::string& hint) {
    if (!id.empty() && !seen.insert(id).second) {
        m_problems.add(node, what + " " + shown(id) + " is given twice" + hint);
    }
}

Profile Loader::load(const YAML::Node& root) {
    const YamlMap map(root, "a profile",
                      {"apiVersion", "name", "description", "match", "databases", "checks", "notes",
                       "backup-note", "restart-after-restore"},
                      m_problems);
    Profile profile;
    map.require("apiVersion");
    const std::string version = map.text("apiVersion");
    if (!version.empty() && version != k_api_version) {
        m_problems.add(map.at("apiVersion"), "apiVersion " + shown(version) +
                                                 " is not known; this program reads " +
                                                 std::string(k_api_version));
    }
    map.require("name");
    profile.name = checked(map, "name", wrong_name);
    profile.description = sentence(map.text("description"));
    profile.backup_note = sentence(map.text("backup-note"));
    load_match(map, profile);
    profile.restart_after_restore = checked(map.texts("restart-after-restore"), wrong_name);

    std::set<std::string> databases;
    for (const auto& node : map.list("databases")) {
        profile.databases.push_back(load_database(node));
        unique(databases, profile.databases.back().id, node, "the database id", "; give each its own 'id'");
    }
    std::set<std::string> checks;
    for (const auto& node : map.list("checks")) {
        profile.checks.push_back(load_check(node));
        unique(checks, profile.checks.back().id, node, "the check id", "; give each its own 'id'");
    }
    for (const auto& node : map.list("notes")) profile.notes.push_back(load_note(node));
    return profile;
}

void Loader::load_match(const YamlMap& map, Profile& profile) {
    const YamlMap match(map.at("match"), "match", {"charts", "images", "env"}, m_problems);
    profile.match_charts = checked(match.texts("charts"), wrong_chart_glob);
    profile.match_images = checked(match.texts("images"), wrong_image_glob);
    profile.match_env = checked(match.texts("env"), wrong_env_glob);
}

DatabaseSpec Loader::load_database(const YAML::Node& node) {
    const YamlMap map(node, "a database",
                      {"id", "kind", "env", "tables", "other-tables", "schema-version-query"}, m_problems);
    DatabaseSpec spec;
    if (map.has("id")) spec.id = checked(map, "id", wrong_name);
    spec.kind = map.word("kind", {"postgres"});
    load_env(map.at("env"), spec);
    std::set<std::string> names;
    for (const auto& table : map.list("tables")) spec.tables.push_back(load_table(table, names));
    const std::string others = map.word("other-tables", {"not-less", "exact", "ignore"});
    spec.other_tables = others == "exact"    ? CountRule::exact
                        : others == "ignore" ? CountRule::ignore
                                             : CountRule::not_less;
    spec.schema_version_query = checked(map, "schema-version-query", wrong_query);
    return spec;
}

void Loader::load_env(const YAML::Node& node, DatabaseSpec& spec) {
    const YamlMap map(node, "env", {"url", "host", "port", "user", "password", "name"}, m_problems);
    spec.env_url = checked(map.texts("url"), wrong_env_name);
    spec.env_host = checked(map.texts("host"), wrong_env_name);
    spec.env_port = checked(map.texts("port"), wrong_env_name);
    spec.env_user = checked(map.texts("user"), wrong_env_name);
    spec.env_password = checked(map.texts("password"), wrong_env_name);
    spec.env_name = checked(map.texts("name"), wrong_env_name);
}

TableRule Loader::load_table(const YAML::Node& node, std::set<std::string>& names) {
    const YamlMap map(node, "a table", {"name", "aliases", "label", "rule"}, m_problems);
    TableRule table;
    map.require("name");
    table.name = checked(map, "name", wrong_table);
    table.aliases = checked(map.texts("aliases"), wrong_table);
    table.label = sentence(map.text("label"));
    load_rule(map, table);
    // a name in two rules would make it chance which of them counts
    unique(names, table.name, node, "the table");
    for (const auto& alias : table.aliases) unique(names, alias, node, "the table");
    return table;
}

void Loader::load_rule(const YamlMap& map, TableRule& table) {
    const std::string rule = map.text("rule");
    if (rule.starts_with("tolerance")) {
        const auto percent = parse_percent(trim(std::string_view(rule).substr(9)));
        if (!percent) {
            m_problems.add(map.at("rule"),
                           map.name_of("rule") + " is " + shown(rule) +
                               "; a tolerance is written as 'tolerance 5%', above 0 and up to 100");
        }
        table.rule = CountRule::tolerance;
        table.tolerance_percent = percent.value_or(0);
        return;
    }
    const std::string word = map.word("rule", {"not-less", "exact", "ignore", "tolerance N%"});
    table.rule = word == "exact"    ? CountRule::exact
                 : word == "ignore" ? CountRule::ignore
                                    : CountRule::not_less;
}

CheckSpec Loader::load_check(const YAML::Node& node) {
    std::vector<std::string> kinds;
    for (const auto& kind : m_kinds) kinds.push_back(kind.kind);
    const YAML::Node kind_node = node.IsMap() ? node["kind"] : YAML::Node(YAML::NodeType::Undefined);
    const std::string kind = kind_node.IsDefined() && kind_node.IsScalar() ? kind_node.Scalar() : "";
    const auto known =
        std::find_if(m_kinds.begin(), m_kinds.end(), [&](const auto& k) { return k.kind == kind; });

    std::vector<std::string> keys = k_check_keys;
    if (known != m_kinds.end()) {
        keys.insert(keys.end(), known->keys.begin(), known->keys.end());
    } else if (node.IsMap()) {
        // of an unknown kind only the kind is told: its parameters cannot be judged
        for (const auto& pair : node) keys.push_back(pair.first.IsScalar() ? pair.first.Scalar() : "");
    }
    const YamlMap map(node, kind.empty() ? "a check" : "a check of kind " + shown(kind), keys, m_problems);
    CheckSpec spec;
    map.require("kind");
    spec.kind = map.text("kind");
    spec.id = map.has("id") ? checked(map, "id", wrong_name) : spec.kind;
    spec.required = map.flag("required", true);
    spec.fail_is_warning = map.word("on-fail", {"fail", "warn"}) == "warn";
    spec.where = m_problems.where() + ":" + std::to_string(line_of(node));
    if (known != m_kinds.end()) {
        load_params(map, *known, spec);
    } else if (!spec.kind.empty()) {
        m_problems.add(kind_node, "unknown check kind " + shown(kind) + did_you_mean(kind, kinds));
    }
    return spec;
}

void Loader::load_params(const YamlMap& map, const CheckKindKeys& kind, CheckSpec& spec) {
    spec.params = Json::object();
    for (const auto& [key, value] : map.members()) {
        if (std::find(k_check_keys.begin(), k_check_keys.end(), key) != k_check_keys.end()) continue;
        spec.params[key] = to_json(value, m_problems);
    }
    for (const auto& key : kind.required_keys) map.require(key);
    // A chart is a stranger's text: what it asks for stays inside the cluster.
    if (m_origin == ProfileOrigin::chart && kind.runs_command) {
        m_problems.add(map.node(), "a chart's profile must not run a command (kind " + shown(kind.kind) +
                                       "); copy the profile into a file of yours and name it with --profile");
    }
    for (const char* key : {"file", "script"}) {
        if (m_origin != ProfileOrigin::chart || !map.has(key)) continue;
        m_problems.add(map.at(key),
                       "a chart's profile must not name a local file ('" + std::string(key) + "')");
    }
}

VersionNote Loader::load_note(const YAML::Node& node) {
    const YamlMap map(node, "a note", {"from", "to", "severity", "text"}, m_problems);
    VersionNote note;
    note.from = checked(map, "from", wrong_range);
    note.to = checked(map, "to", wrong_range);
    if (node.IsMap() && !map.at("from").IsDefined() && !map.at("to").IsDefined()) {
        m_problems.add(node, "a note needs 'from', 'to' or both");
    }
    note.severity = map.word("severity", {"info", "warning", "breaking", "manual"});
    map.require("text");
    note.text = sentence(map.text("text"));
    return note;
}

/// The first byte that has no place in a profile: yaml-cpp reads on at some of them, and terminals obey
/// others.
void check_bytes(std::string_view yaml, Problems& problems) {
    int line = 1;
    for (const char c : yaml) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\n') ++line;
        if ((byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7f) {
            problems.add(line, "control character " + printable(std::string_view(&c, 1)) + " is not allowed");
            return;
        }
    }
}

Result<Profile> load_checked(std::string_view yaml, Problems& problems, ProfileOrigin origin,
                             const std::vector<CheckKindKeys>& kinds) {
    try {
        const auto documents = YAML::LoadAll(std::string(yaml));
        if (documents.size() > 1) problems.add(documents[1], "a profile is one YAML document");
        if (documents.empty() || documents[0].IsNull()) {
            problems.add(1, "the profile is empty");
            return Profile{};
        }
        return Loader(problems, origin, kinds).load(documents[0]);
    } catch (const YAML::Exception& error) {
        problems.add(error.mark.is_null() ? 0 : error.mark.line + 1,
                     "no valid YAML: " + printable(error.msg));
        return Profile{};
    }
}

}  // namespace

Result<Profile> load_profile(std::string_view yaml, const std::string& where, ProfileOrigin origin,
                             const std::vector<CheckKindKeys>& kinds) {
    Problems problems(where);
    if (yaml.size() > k_max_bytes) {
        problems.add(
            0, "a profile may have " + human_bytes(k_max_bytes) + ", this has " + human_bytes(yaml.size()));
    } else {
        check_bytes(yaml, problems);
    }
    Profile profile;
    if (problems.empty()) {
        SU_ASSIGN(profile, load_checked(yaml, problems, origin, kinds));
    }
    if (!problems.empty()) {
        return Error{Errc::usage, problems.text(), "docs/reference/profile.md explains every key"};
    }
    profile.origin = origin;
    profile.where = problems.where();
    return profile;
}

}  // namespace su
