// SPDX-License-Identifier: Apache-2.0
#include "diff/value_paths.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace su {

namespace {

constexpr int k_enough = 40;

/// Letters and digits only: "logLevel", "log_level" and "log.level" are the same.
std::string squeezed(const std::string& text) {
    std::string result;
    for (const char c : to_lower(text)) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) result += c;
    }
    return result;
}

std::string squeezed(const std::vector<std::string>& keys) {
    std::string result;
    for (const auto& key : keys) result += squeezed(key);
    return result;
}

/// A default that says nothing of which key it belongs to.
bool is_common(const Json& value) {
    if (value.is_number()) return value == 0 || value == 1;
    if (value.is_string()) return value.get_ref<const std::string&>().size() < 3;
    return value.is_null() || value.is_boolean() || value.empty();
}

bool same_type(const Json& a, const Json& b) {
    return a.is_null() || b.is_null() || (a.is_number() && b.is_number()) || a.type() == b.type();
}

std::size_t common_tail(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    std::size_t count = 0;
    while (count < a.size() && count < b.size() &&
           squeezed(a[a.size() - 1 - count]) == squeezed(b[b.size() - 1 - count])) {
        ++count;
    }
    return count;
}

std::size_t common_head(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    std::size_t count = 0;
    while (count + 1 < a.size() && count + 1 < b.size() && a[count] == b[count]) ++count;
    return count;
}

/// How much speaks for `leaf` being the new name of `gone`; under k_enough it is no evidence.
int score(const Renamed& gone, const ValueLeaf& leaf) {
    if (!same_type(*gone.user_value, *leaf.value)) return 0;
    int points = 0;
    const std::size_t tail = common_tail(gone.keys, leaf.keys);
    const std::size_t head = common_head(gone.keys, leaf.keys);
    const bool same_parent = gone.keys.size() == leaf.keys.size() && head + 1 == gone.keys.size();
    if (squeezed(gone.keys) == squeezed(leaf.keys)) {
        points = 100;  // server.logLevel -> server.log.level
    } else if (tail > 0) {
        points = 40 + 15 * static_cast<int>(tail - 1);  // moved: image.tag -> server.image.tag
    } else if (same_parent && nearest(gone.keys.back(), {leaf.keys.back()})) {
        points =
            50 - 5 * static_cast<int>(edit_distance(to_lower(gone.keys.back()), to_lower(leaf.keys.back())));
    }
    const bool same_default =
        gone.old_default != nullptr && *gone.old_default == *leaf.value && !is_common(*leaf.value);
    if (same_default) points += same_parent ? 40 : 30;
    if (points > 0) points += 5 * static_cast<int>(head);
    // the default alone: only between neighbours, or a long text that is hardly there twice by chance
    const bool telling = leaf.value->is_string() && leaf.value->get_ref<const std::string&>().size() >= 12;
    return points == 30 && telling ? k_enough : points;
}

void collect(const Json& value, std::vector<std::string>& keys, std::vector<ValueLeaf>& leaves) {
    if (!value.is_object() || value.empty()) {
        if (!keys.empty()) leaves.push_back({keys, &value});
        return;
    }
    for (const auto& [key, member] : value.items()) {
        keys.push_back(key);
        collect(member, keys, leaves);
        keys.pop_back();
    }
}

ValuePath to_path(const std::vector<std::string>& keys) {
    ValuePath path;
    for (const auto& key : keys) path.push_back({key, -1});
    return path;
}

}  // namespace

std::string path_text(const ValuePath& path) {
    std::string text;
    for (const auto& step : path) {
        if (step.index >= 0) {
            text += "[" + std::to_string(step.index) + "]";
            continue;
        }
        const bool plain = !step.key.empty() && step.key.find_first_of(".[]\"'\\ ") == std::string::npos;
        if (!text.empty()) text += ".";
        text += plain ? printable(step.key) : "\"" + printable(replace_all(step.key, "\"", "\\\"")) + "\"";
    }
    return text;
}

std::vector<ValueLeaf> leaves_of(const Json& values) {
    std::vector<ValueLeaf> leaves;
    std::vector<std::string> keys;
    collect(values, keys, leaves);
    return leaves;
}

std::string likely_new_name(const Renamed& gone, const std::vector<ValueLeaf>& new_only) {
    int best = k_enough - 1;
    const ValueLeaf* found = nullptr;
    for (const auto& leaf : new_only) {
        const int points = score(gone, leaf);
        if (points == best) found = nullptr;  // two that speak equally are no evidence
        if (points <= best) continue;
        best = points;
        found = &leaf;
    }
    return found != nullptr ? path_text(to_path(found->keys)) : "";
}

}  // namespace su
