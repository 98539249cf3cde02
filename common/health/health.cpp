// SPDX-License-Identifier: Apache-2.0
#include "health/health.hpp"

#include "base/text.hpp"
#include "health/rules.hpp"

#include <array>
#include <optional>

namespace su {

namespace {

using Rule = HealthResult (*)(const Json&);

struct RuleRow {
    std::string_view group;  ///< API group without version; empty: core
    std::string_view kind;
    Rule rule;
};

constexpr std::array<RuleRow, 9> k_rules{{
    {"apps", "Deployment", rules::deployment},
    {"apps", "StatefulSet", rules::stateful_set},
    {"apps", "DaemonSet", rules::daemon_set},
    {"apps", "ReplicaSet", rules::replica_set},
    {"", "Pod", rules::pod},
    {"batch", "Job", rules::job},
    {"", "PersistentVolumeClaim", rules::persistent_volume_claim},
    {"", "Service", rules::service},
    {"apiextensions.k8s.io", "CustomResourceDefinition", rules::custom_resource_definition},
}};

std::string group_of(const Json& object) {
    const std::string version = text_at(object, {"apiVersion"});
    const auto slash = version.find('/');
    return slash == std::string::npos ? std::string{} : version.substr(0, slash);
}

/// What holds for every kind before its own rule: being deleted, a spec that its controller has not seen, and
/// the two conditions that kstatus standardised.
std::optional<HealthResult> generic_state(const Json& object) {
    if (!at_path(object, {"metadata", "deletionTimestamp"}).is_null()) {
        return HealthResult{Health::terminating, "is being deleted"};
    }
    const Json& generation = at_path(object, {"metadata", "generation"});
    const Json& observed = at_path(object, {"status", "observedGeneration"});
    if (generation.is_number_integer() && observed.is_number_integer() && generation != observed) {
        return rules::in_progress("generation " + dump_json(generation) +
                                  " is not yet seen by its controller (it is at " + dump_json(observed) +
                                  ")");
    }
    if (rules::condition_is(object, "Reconciling", "True")) {
        return rules::in_progress(rules::words_of(rules::condition(object, "Reconciling")));
    }
    if (rules::condition_is(object, "Stalled", "True")) {
        return rules::failed(rules::words_of(rules::condition(object, "Stalled")));
    }
    return std::nullopt;
}

HealthResult by_ready_condition(const Json& object) {
    const Json& ready = rules::condition(object, "Ready");
    if (ready.is_null()) return rules::current("exists");
    if (text_at(ready, {"status"}) == "True") return rules::current("is ready");
    const std::string words = rules::words_of(ready);
    return rules::in_progress(words.empty() ? "is not ready" : words);
}

}  // namespace

namespace rules {

const Json& condition(const Json& object, std::string_view type) {
    static const Json none;
    for (const Json& item : list_at(object, {"status", "conditions"})) {
        if (text_at(item, {"type"}) == type) return item;
    }
    return none;
}

bool condition_is(const Json& object, std::string_view type, std::string_view status) {
    return text_at(condition(object, type), {"status"}) == status;
}

std::string words_of(const Json& condition) {
    const std::string reason = printable(text_at(condition, {"reason"}));
    const std::string message = printable(text_at(condition, {"message"}));
    if (reason.empty() || message.empty()) return reason + message;
    return reason + ": " + message;
}

}  // namespace rules

const char* health_name(Health health) {
    switch (health) {
        case Health::current:
            return "current";
        case Health::in_progress:
            return "in_progress";
        case Health::failed:
            return "failed";
        case Health::terminating:
            return "terminating";
    }
    return "unknown";
}

HealthResult compute_health(const Json& object) {
    if (auto state = generic_state(object)) return *state;
    const std::string group = group_of(object);
    const std::string kind = text_at(object, {"kind"});
    for (const auto& row : k_rules) {
        if (row.kind == kind && row.group == group) return row.rule(object);
    }
    return by_ready_condition(object);
}

}  // namespace su
