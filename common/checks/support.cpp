// SPDX-License-Identifier: Apache-2.0
#include "checks/support.hpp"

#include "base/text.hpp"
#include "diff/mask.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

namespace su::checks {

std::string name_of(const Json& object) {
    return text_at(object, {"metadata", "name"});
}

Owner identity_of(const Json& workload) {
    return {text_at(workload, {"kind"}), name_of(workload)};
}

Owner owner_of(const Json& pod) {
    const Json& owners = list_at(pod, {"metadata", "ownerReferences"});
    const auto controller = std::find_if(owners.begin(), owners.end(),
                                         [](const Json& owner) { return bool_at(owner, {"controller"}); });
    if (controller == owners.end()) return {"Pod", name_of(pod)};
    Owner owner{text_at(*controller, {"kind"}), text_at(*controller, {"name"})};
    const std::string hash = text_at(pod, {"metadata", "labels", "pod-template-hash"});
    const std::string suffix = "-" + hash;
    if (owner.kind == "ReplicaSet" && !hash.empty() && owner.name.ends_with(suffix)) {
        return {"Deployment", owner.name.substr(0, owner.name.size() - suffix.size())};
    }
    return owner;
}

std::vector<const Json*> pods_of(const Scope& scope, const Json& workload) {
    std::vector<const Json*> pods;
    const std::string name_space = text_at(workload, {"metadata", "namespace"});
    for (const Json& pod : scope.pods) {
        const bool same_place = text_at(pod, {"metadata", "namespace"}) == name_space;
        if (same_place && owner_of(pod) == identity_of(workload)) pods.push_back(&pod);
    }
    return pods;
}

bool is_leaving(const Json& pod) {
    const std::string phase = text_at(pod, {"status", "phase"});
    return !at_path(pod, {"metadata", "deletionTimestamp"}).is_null() || phase == "Succeeded" ||
           phase == "Failed";
}

bool is_ready(const Json& pod) {
    for (const Json& condition : list_at(pod, {"status", "conditions"})) {
        if (text_at(condition, {"type"}) == "Ready") return text_at(condition, {"status"}) == "True";
    }
    return false;
}

std::vector<const Json*> container_statuses(const Json& pod) {
    std::vector<const Json*> statuses;
    for (const auto* key : {"initContainerStatuses", "containerStatuses"}) {
        for (const Json& status : list_at(pod, {"status", key})) statuses.push_back(&status);
    }
    return statuses;
}

bool is_component(const Json& object, const std::string& component) {
    for (const auto* label : {"app.kubernetes.io/component", "app.kubernetes.io/name", "app"}) {
        const std::string value = text_at(object, {"metadata", "labels", label});
        if (value == component || value.ends_with("-" + component)) return true;
    }
    std::string name = name_of(object);
    if (text_at(object, {"kind"}) == "Pod") name = owner_of(object).name;
    return name == component || name.ends_with("-" + component);
}

void parallel_for(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& fn) {
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < count; i = next++) fn(i);
    };
    std::vector<std::jthread> pool;
    for (std::size_t i = 1; i < std::min(count, threads); ++i) pool.emplace_back(work);
    work();  // this thread is one of them
}

CheckResult result_of(Verdict verdict, std::string message, std::string hint) {
    CheckResult result;
    result.verdict = verdict;
    result.message = std::move(message);
    result.hint = std::move(hint);
    return result;
}

std::string shown_line(std::string_view words) {
    std::string line;
    // some words come here printable already, with their line ends escaped
    for (const auto& part : split_lines(replace_all(mask_text(words), "\\x0a", "\n")))
        line += (line.empty() ? "" : " ") + trim(part);
    return printable(line);
}

CheckResult could_not_look(const Error& error, const std::string& what) {
    return result_of(Verdict::error, "could not look at " + what + ": " + shown_line(error.message),
                     error.hint);
}

Verdict worse(Verdict a, Verdict b) {
    constexpr std::array order{Verdict::pass, Verdict::skip, Verdict::warn, Verdict::error, Verdict::fail};
    const auto rank = [&](Verdict v) { return std::find(order.begin(), order.end(), v) - order.begin(); };
    return rank(a) >= rank(b) ? a : b;
}

}  // namespace su::checks
