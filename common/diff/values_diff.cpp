// SPDX-License-Identifier: Apache-2.0
#include "diff/values_diff.hpp"

#include "base/text.hpp"
#include "diff/mask.hpp"
#include "diff/value_paths.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

namespace su {

namespace {

/// A value beside its masked twin: what is compared is raw, what is shown is masked.
struct Node {
    const Json* raw = nullptr;  ///< null: absent
    const Json* shown = nullptr;

    explicit operator bool() const { return raw != nullptr; }
    [[nodiscard]] bool is_map() const { return raw != nullptr && raw->is_object(); }
    [[nodiscard]] bool is_list() const { return raw != nullptr && raw->is_array(); }
    [[nodiscard]] bool has_members() const { return is_map() && !raw->empty(); }
    [[nodiscard]] Json mask() const { return shown != nullptr ? *shown : Json(); }
};

Node member(const Node& node, const std::string& key) {
    if (!node.is_map() || !node.raw->contains(key)) return {};
    const bool twin = node.shown->is_object() && node.shown->contains(key);
    return {&node.raw->at(key), twin ? &node.shown->at(key) : node.shown};
}

Node item(const Node& node, std::size_t index) {
    if (!node.is_list() || index >= node.raw->size()) return {};
    const bool twin = node.shown->is_array() && index < node.shown->size();
    return {&node.raw->at(index), twin ? &node.shown->at(index) : node.shown};
}

std::set<std::string> keys_of(std::initializer_list<Node> nodes) {
    std::set<std::string> keys;
    for (const auto& node : nodes) {
        if (!node.is_map()) continue;
        for (const auto& [key, value] : node.raw->items()) keys.insert(key);
    }
    return keys;
}

std::string type_name(const Json& value) {
    if (value.is_object()) return "a map";
    if (value.is_array()) return "a list";
    if (value.is_string()) return "a text";
    if (value.is_boolean()) return "true or false";
    return value.is_number() ? "a number" : "nothing";
}

bool same_type(const Json& a, const Json& b) {
    return a.is_null() || b.is_null() || type_name(a) == type_name(b);
}

class ValuesDiff {
  public:
    explicit ValuesDiff(const ValuesDiffInput& input);
    std::vector<ValueFinding> run();

  private:
    void walk_defaults(ValuePath& path, Node before, Node after, Node given);
    void defaults_differ(const ValuePath& path, Node before, Node after, Node given);
    void default_gone(ValuePath& path, Node before, Node given);
    void default_new(ValuePath& path, Node after, Node given);
    void lists_differ(ValuePath& path, Node before, Node after, ValueClass value_class,
                      const char* consequence);

    void walk_user(ValuePath& path, Node stored, Node given, Node before, Node after, bool free_form);
    void dropped(ValuePath& path, Node stored, Node after);
    void user_leaf(ValuePath& path, Node stored, Node given, Node before, Node after, bool free_form);
    bool type_changed(const ValuePath& path, Node stored, Node given, Node before, Node after);
    void ignored(const ValuePath& path, Node stored, Node given, Node before);

    ValueFinding& add(ValueClass value_class, const ValuePath& path, Node before, Node after,
                      std::string set_by, std::string consequence);
    template <class Walk>
    void step(ValuePath& path, const std::string& key, Walk walk) {
        path.push_back({key, -1});
        walk();
        path.pop_back();
    }

    const ValuesDiffInput& m_input;
    const std::array<Json, 4> m_masked;
    std::vector<ValueLeaf> m_new_only;
    std::vector<ValueFinding> m_findings;
};

ValuesDiff::ValuesDiff(const ValuesDiffInput& input)
    : m_input(input),
      m_masked{mask_value({}, input.old_defaults), mask_value({}, input.new_defaults),
               mask_value({}, input.stored_user_values), mask_value({}, input.given_user_values)} {
    std::set<std::vector<std::string>> old;
    for (const auto& leaf : leaves_of(input.old_defaults)) old.insert(leaf.keys);
    for (auto& leaf : leaves_of(input.new_defaults)) {
        if (old.count(leaf.keys) == 0) m_new_only.push_back(std::move(leaf));
    }
}

ValueFinding& ValuesDiff::add(ValueClass value_class, const ValuePath& path, Node before, Node after,
                              std::string set_by, std::string consequence) {
    m_findings.push_back({value_class,
                          path_text(path),
                          before.mask(),
                          after.mask(),
                          std::move(set_by),
                          std::move(consequence),
                          {}});
    return m_findings.back();
}

// What the chart changed
// ------------------------------------------------------------------------------------------

void ValuesDiff::walk_defaults(ValuePath& path, Node before, Node after, Node given) {
    if (!before && !after) return;
    const bool covered =
        given && !given.is_map();  // a scalar, list or null of the user's replaces all that is below
    if (!covered && (before.has_members() || after.has_members()) && (!before || before.is_map()) &&
        (!after || after.is_map())) {
        for (const auto& key : keys_of({before, after})) {
            step(path, key,
                 [&] { walk_defaults(path, member(before, key), member(after, key), member(given, key)); });
        }
        return;
    }
    if (!after) return default_gone(path, before, given);
    if (!before) return default_new(path, after, given);
    if (*before.raw != *after.raw) defaults_differ(path, before, after, given);
}

void ValuesDiff::defaults_differ(const ValuePath& path, Node before, Node after, Node given) {
    if (given && (!given.is_map() || !after.is_map())) {
        if (!same_type(*given.raw, *after.raw)) return;  // told as type_changed
        add(ValueClass::overridden_default_changed, path, before, after, "chart",
            *given.raw == *after.raw ? "your value is what the new default is"
                                     : "your value stays and hides the new default");
        return;
    }
    const auto value_class = m_input.reuse_values ? ValueClass::hidden_default : ValueClass::default_changed;
    const char* consequence = m_input.reuse_values
                                  ? "--reuse-values keeps the old chart's default and hides the new one"
                                  : "the new default applies, because you do not set it";
    ValuePath at = path;
    if (before.is_list() && after.is_list()) return lists_differ(at, before, after, value_class, consequence);
    add(value_class, path, before, after, "chart", consequence);
}

void ValuesDiff::lists_differ(ValuePath& path, Node before, Node after, ValueClass value_class,
                              const char* consequence) {
    const std::size_t size = std::max(before.raw->size(), after.raw->size());
    for (std::size_t i = 0; i < size; ++i) {
        const Node a = item(before, i);
        const Node b = item(after, i);
        if (a && b && *a.raw == *b.raw) continue;
        path.push_back({{}, static_cast<int>(i)});
        add(value_class, path, a, b, value_class == ValueClass::changed_by_you ? "you" : "chart",
            consequence);
        path.pop_back();
    }
}

void ValuesDiff::default_gone(ValuePath& path, Node before, Node given) {
    if (given) return;  // told as ignored
    add(ValueClass::removed_default, path, before, {}, "chart", "the new chart's defaults have no such key");
}

void ValuesDiff::default_new(ValuePath& path, Node after, Node given) {
    if (given) return;
    if (m_input.reuse_values) {
        add(ValueClass::hidden_default, path, {}, after, "chart",
            "--reuse-values hides this new default: templates that need it see nothing");
        return;
    }
    add(ValueClass::new_default, path, {}, after, "chart", "the new default applies");
}

// What the user sets
// ----------------------------------------------------------------------------------------------

void ValuesDiff::walk_user(ValuePath& path, Node stored, Node given, Node before, Node after,
                           bool free_form) {
    if (!given) {
        if (stored) dropped(path, stored, after);
        return;
    }
    // An empty map, a list or null as default: any key may be meant to be there.
    const bool open = free_form || (after && !after.has_members());
    if (!given.has_members() || (stored && !stored.is_map()))
        return user_leaf(path, stored, given, before, after, free_form);
    if (type_changed(path, stored, given, before, after)) return;
    for (const auto& key : keys_of({stored, given})) {
        const bool top = path.empty();
        const auto& subcharts = m_input.subcharts;
        const bool foreign =
            top && (key == "global" || std::find(subcharts.begin(), subcharts.end(), key) != subcharts.end());
        step(path, key, [&] {
            walk_user(path, member(stored, key), member(given, key), member(before, key), member(after, key),
                      open || foreign);
        });
    }
}

void ValuesDiff::dropped(ValuePath& path, Node stored, Node after) {
    if (stored.has_members()) {
        for (const auto& key : keys_of({stored})) {
            step(path, key, [&] { dropped(path, member(stored, key), member(after, key)); });
        }
        return;
    }
    if (path.empty()) return;
    const char* consequence =
        !after ? "this command loses your value, and the new chart's defaults have no such key"
        : *after.raw == *stored.raw ? "this command loses your value; the new default is the same today"
                                    : "this command loses your value; the new chart's default applies";
    add(ValueClass::dropped, path, stored, after, "you (stored)", consequence);
}

void ValuesDiff::user_leaf(ValuePath& path, Node stored, Node given, Node before, Node after,
                           bool free_form) {
    if (path.empty()) return;
    const bool changed = !stored || *stored.raw != *given.raw;
    if (changed) {
        const char* consequence = stored ? "your new value applies" : "you set this for the first time";
        if (stored.is_list() && given.is_list()) {
            lists_differ(path, stored, given, ValueClass::changed_by_you, consequence);
        } else {
            add(ValueClass::changed_by_you, path, stored, given, "you", consequence);
        }
    }
    if (type_changed(path, stored, given, before, after)) return;
    const bool nothing = given.raw->is_null() || (given.is_map() && given.raw->empty());
    if (!after && !free_form && !nothing) ignored(path, stored, given, before);
}

/// Only what this upgrade changes: a type that was as wrong before is no finding.
bool ValuesDiff::type_changed(const ValuePath& path, Node stored, Node given, Node before, Node after) {
    if (!after || same_type(*given.raw, *after.raw)) return false;
    const bool as_before =
        before && type_name(*before.raw) == type_name(*after.raw) && stored && *stored.raw == *given.raw;
    if (as_before) return true;
    add(ValueClass::type_changed, path, given, after,
        stored && *stored.raw == *given.raw ? "you (stored)" : "you",
        "you set " + type_name(*given.raw) + " where the new chart's default is " + type_name(*after.raw));
    return true;
}

void ValuesDiff::ignored(const ValuePath& path, Node stored, Node given, Node before) {
    const bool same = stored && *stored.raw == *given.raw;
    if (!before && same)
        return;  // the old chart's defaults did not know it either: nothing changes with this upgrade
    auto& finding = add(ValueClass::ignored, path, given, {}, same ? "you (stored)" : "you",
                        "the new chart's defaults have no such key");
    Renamed gone{{}, given.raw, before.raw};
    for (const auto& part : path) gone.keys.push_back(part.key);
    finding.likely_new_name = likely_new_name(gone, m_new_only);
}

int danger(ValueClass value_class) {
    switch (value_class) {
        case ValueClass::ignored:
            return 0;
        case ValueClass::dropped:
            return 1;
        case ValueClass::type_changed:
            return 2;
        case ValueClass::hidden_default:
            return 3;
        case ValueClass::overridden_default_changed:
            return 4;
        case ValueClass::default_changed:
            return 5;
        case ValueClass::removed_default:
            return 6;
        case ValueClass::changed_by_you:
            return 7;
        case ValueClass::new_default:
            return 8;
    }
    return 9;
}

std::vector<ValueFinding> ValuesDiff::run() {
    const Node before{&m_input.old_defaults, &m_masked[0]};
    const Node after{&m_input.new_defaults, &m_masked[1]};
    const Node stored{&m_input.stored_user_values, &m_masked[2]};
    const Node given{&m_input.given_user_values, &m_masked[3]};
    // helm writes "no values" as null, and a file without defaults is null too
    const auto as_map = [](Node node) { return node.raw->is_null() ? Node{} : node; };
    ValuePath path;
    walk_user(path, as_map(stored), as_map(given), as_map(before), after, false);
    walk_defaults(path, as_map(before), as_map(after), as_map(given));
    std::stable_sort(m_findings.begin(), m_findings.end(), [](const ValueFinding& a, const ValueFinding& b) {
        return std::make_tuple(danger(a.value_class), a.path) <
               std::make_tuple(danger(b.value_class), b.path);
    });
    return std::move(m_findings);
}

}  // namespace

const char* value_class_name(ValueClass value_class) {
    switch (value_class) {
        case ValueClass::changed_by_you:
            return "changed_by_you";
        case ValueClass::dropped:
            return "dropped";
        case ValueClass::ignored:
            return "ignored";
        case ValueClass::default_changed:
            return "default_changed";
        case ValueClass::overridden_default_changed:
            return "overridden_default_changed";
        case ValueClass::new_default:
            return "new_default";
        case ValueClass::removed_default:
            return "removed_default";
        case ValueClass::type_changed:
            return "type_changed";
        case ValueClass::hidden_default:
            return "hidden_default";
    }
    return "unknown";
}

std::vector<ValueFinding> diff_values(const ValuesDiffInput& input) {
    return ValuesDiff(input).run();
}

}  // namespace su
