// SPDX-License-Identifier: Apache-2.0
#include "diff/field_diff.hpp"

#include "base/text.hpp"
#include "diff/mask.hpp"
#include "diff/quantity.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace su {

namespace {

using Words = std::set<std::string, std::less<>>;

bool in(const Words& words, std::string_view word) {
    return words.find(word) != words.end();
}

/// A value beside its masked twin: what is compared is raw, what is shown is masked.
struct Node {
    const Json* raw = nullptr;  ///< null: absent
    const Json* shown = nullptr;

    explicit operator bool() const { return raw != nullptr; }
};

Node member(const Node& node, const std::string& key) {
    if (!node || !node.raw->is_object()) return {};
    const auto found = node.raw->find(key);
    if (found == node.raw->end() || found->is_null()) return {};
    const bool twin = node.shown->is_object() && node.shown->contains(key);
    return {&*found, twin ? &node.shown->at(key) : node.shown};
}

Node item(const Node& node, std::size_t index) {
    if (!node || index >= node.raw->size()) return {};
    const bool twin = node.shown->is_array() && index < node.shown->size();
    return {&node.raw->at(index), twin ? &node.shown->at(index) : node.shown};
}

/// Where we are: the keys from the object's root, without list items.
using Keys = std::vector<std::string>;

std::string key_text(const std::string& key) {
    const bool plain = !key.empty() && key.find_first_of(".[]\"'\\/ ") == std::string::npos;
    return plain ? printable(key) : "\"" + printable(replace_all(key, "\"", "\\\"")) + "\"";
}

/// The rule that makes a change of this field noise, or nothing.
std::optional<std::string> noise_rule(const Keys& keys) {
    if (keys.size() < 2) return std::nullopt;
    const auto& parent = keys[keys.size() - 2];
    const auto& key = keys.back();
    if (parent == "labels" && (key == "helm.sh/chart" || key == "chart")) return "helm.sh/chart label";
    if (parent == "labels" && key == "app.kubernetes.io/version") return "app.kubernetes.io/version label";
    if (parent == "annotations" && contains(to_lower(key), "checksum")) return "checksum annotation";
    return std::nullopt;
}

bool is_quantity_field(const Keys& keys) {
    static const Words parents{"limits",   "requests", "capacity",      "hard",
                               "overhead", "default",  "defaultRequest"};
    if (keys.empty()) return false;
    return keys.back() == "sizeLimit" || (keys.size() >= 2 && in(parents, keys[keys.size() - 2]));
}

bool is_port_field(const Keys& keys) {
    static const Words fields{"port",     "containerPort", "targetPort",  "hostPort",
                              "nodePort", "number",        "servicePort", "healthCheckNodePort"};
    return !keys.empty() && in(fields, keys.back());
}

/// An integer and the text of it.
bool same_number(const Json& a, const Json& b) {
    const auto number = [](const Json& v) -> std::optional<std::int64_t> {
        if (v.is_number_integer()) return v.get<std::int64_t>();
        return v.is_string() ? parse_int(v.get_ref<const std::string&>()) : std::nullopt;
    };
    const auto left = number(a);
    return left && left == number(b);
}

/// Fields whose empty map or list means the same as none; emptyDir: {} or podSelector: {} do not.
bool is_empty_default(const Keys& keys, const Json& value) {
    static const Words fields{"labels",
                              "annotations",
                              "resources",
                              "nodeSelector",
                              "tolerations",
                              "affinity",
                              "env",
                              "envFrom",
                              "args",
                              "command",
                              "securityContext",
                              "volumes",
                              "volumeMounts",
                              "imagePullSecrets",
                              "initContainers",
                              "topologySpreadConstraints",
                              "limits",
                              "requests",
                              "finalizers",
                              "ports"};
    return (value.is_object() || value.is_array()) && value.empty() && !keys.empty() &&
           in(fields, keys.back());
}

std::string port_key(const Json& port, const char* field) {
    if (!port.contains(field)) return "";
    const Json& number = port.at(field);
    const std::string protocol = text_at(port, {"protocol"}, "TCP");
    const std::string text = number.is_string() ? number.get<std::string>() : dump_json(number);
    return protocol == "TCP" ? text : text + "/" + protocol;
}

/// The merge key of an item of the list `field`, as the API server has it; empty: none.
std::string merge_key(const std::string& field, const Json& entry, bool ports_by_name) {
    static const Words by_name{"containers", "initContainers",  "ephemeralContainers", "volumes",
                               "env",        "imagePullSecrets"};
    if (!entry.is_object()) return "";
    if (in(by_name, field)) return text_at(entry, {"name"});
    if (field == "volumeClaimTemplates") return text_at(entry, {"metadata", "name"});
    if (field == "volumeMounts") return text_at(entry, {"mountPath"});
    if (field == "volumeDevices") return text_at(entry, {"devicePath"});
    if (field == "hostAliases") return text_at(entry, {"ip"});
    if (field == "ports" && ports_by_name) return text_at(entry, {"name"});
    if (field == "ports") return port_key(entry, entry.contains("containerPort") ? "containerPort" : "port");
    return "";
}

/// Key -> index of all items, or nothing when an item has no key or two have the same.
std::optional<std::map<std::string, std::size_t>> keyed(const Node& list, const std::string& field,
                                                        bool ports_by_name) {
    std::map<std::string, std::size_t> items;
    if (!list) return items;
    for (std::size_t i = 0; i < list.raw->size(); ++i) {
        const std::string key = merge_key(field, list.raw->at(i), ports_by_name);
        if (key.empty() || !items.emplace(key, i).second) return std::nullopt;
    }
    return items;
}

class FieldDiff {
  public:
    explicit FieldDiff(std::map<std::string, int>& hidden) : m_hidden(hidden) {}

    void walk(const std::string& path, const Node& before, const Node& after);
    std::vector<FieldChange> take() { return std::move(m_changes); }

  private:
    void maps(const std::string& path, const Node& before, const Node& after);
    void lists(const std::string& path, const Node& before, const Node& after);
    bool keyed_lists(const std::string& path, const Node& before, const Node& after, bool ports_by_name);
    bool is_same_after_rules(const Node& before, const Node& after);

    std::map<std::string, int>& m_hidden;
    Keys m_keys;
    std::vector<FieldChange> m_changes;
};

void FieldDiff::walk(const std::string& path, const Node& before, const Node& after) {
    if (!before && !after) return;
    if (before && after && *before.raw == *after.raw) return;
    if (const auto rule = noise_rule(m_keys)) {
        ++m_hidden[*rule];
        return;
    }
    const auto both = [&](auto is) { return (!before || is(*before.raw)) && (!after || is(*after.raw)); };
    const bool metadata = !m_keys.empty() && (m_keys.back() == "labels" || m_keys.back() == "annotations");
    if ((before && after && both([](const Json& v) { return v.is_object(); })) ||
        (metadata && both([](const Json& v) { return v.is_object(); }))) {
        return maps(path, before, after);  // a whole new map of labels may be noise only
    }
    if (before && after && both([](const Json& v) { return v.is_array(); }))
        return lists(path, before, after);
    if (is_same_after_rules(before, after)) return;
    m_changes.push_back({path, before ? *before.shown : Json(), after ? *after.shown : Json()});
}

bool FieldDiff::is_same_after_rules(const Node& before, const Node& after) {
    if (!before || !after) {
        if (!is_empty_default(m_keys, before ? *before.raw : *after.raw)) return false;
        ++m_hidden["empty field"];
        return true;
    }
    if (is_quantity_field(m_keys) && same_quantity(*before.raw, *after.raw)) {
        ++m_hidden["quantity notation"];
        return true;
    }
    if (is_port_field(m_keys) && same_number(*before.raw, *after.raw)) {
        ++m_hidden["port notation"];
        return true;
    }
    return false;
}

void FieldDiff::maps(const std::string& path, const Node& before, const Node& after) {
    std::set<std::string> keys;
    for (const auto* node : {&before, &after}) {
        if (!*node) continue;
        for (const auto& [key, value] : node->raw->items()) keys.insert(key);
    }
    for (const auto& key : keys) {
        m_keys.push_back(key);
        walk(path.empty() ? key_text(key) : path + "." + key_text(key), member(before, key),
             member(after, key));
        m_keys.pop_back();
    }
}

void FieldDiff::lists(const std::string& path, const Node& before, const Node& after) {
    const bool ports = !m_keys.empty() && m_keys.back() == "ports";
    if (ports && keyed_lists(path, before, after, true)) return;
    if (keyed_lists(path, before, after, false)) return;
    const std::size_t size = std::max(before.raw->size(), after.raw->size());
    for (std::size_t i = 0; i < size; ++i) {
        walk(path + "[" + std::to_string(i) + "]", item(before, i), item(after, i));
    }
}

bool FieldDiff::keyed_lists(const std::string& path, const Node& before, const Node& after,
                            bool ports_by_name) {
    const std::string field = m_keys.empty() ? "" : m_keys.back();
    const auto left = keyed(before, field, ports_by_name);
    const auto right = keyed(after, field, ports_by_name);
    if (!left || !right || (left->empty() && right->empty())) return false;
    const std::size_t changes = m_changes.size();
    std::vector<std::string> keys;
    for (const auto& [key, index] : *left) keys.push_back(key);
    for (const auto& [key, index] : *right) {
        if (left->count(key) == 0) keys.push_back(key);
    }
    bool moved = false;
    for (const auto& key : keys) {
        const auto a = left->find(key);
        const auto b = right->find(key);
        moved = moved || (a != left->end() && b != right->end() && a->second != b->second);
        walk(path + "[" + printable(key) + "]", a == left->end() ? Node{} : item(before, a->second),
             b == right->end() ? Node{} : item(after, b->second));
    }
    if (moved && m_changes.size() == changes && left->size() == right->size()) ++m_hidden["list order"];
    return true;
}

}  // namespace

std::vector<FieldChange> diff_fields(const Json& before, const Json& after,
                                     std::map<std::string, int>& hidden) {
    const Json shown_before = mask_object(before);
    const Json shown_after = mask_object(after);
    FieldDiff diff(hidden);
    diff.walk("", {&before, &shown_before}, {&after, &shown_after});
    return diff.take();
}

}  // namespace su
