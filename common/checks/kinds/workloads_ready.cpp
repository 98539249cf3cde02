// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "checks/kinds/kinds.hpp"
#include "checks/support.hpp"
#include "health/health.hpp"

#include <algorithm>

namespace su::checks {

namespace {

std::string trouble_line(const Json& pod, const PodTrouble& trouble) {
    std::string line = "pod " + name_of(pod);
    if (!trouble.container.empty()) line += ", container " + trouble.container;
    line += ": " + trouble.reason;
    if (!trouble.message.empty()) line += ": " + trouble.message;
    return printable(line);
}

/// How long all pods have been ready; nothing when one is not.
std::optional<std::chrono::seconds> ready_for(const Scope& scope) {
    std::optional<Time> youngest;
    for (const Json& pod : scope.pods) {
        if (is_leaving(pod)) continue;
        for (const Json& condition : list_at(pod, {"status", "conditions"})) {
            if (text_at(condition, {"type"}) != "Ready") continue;
            const auto since = parse_rfc3339(text_at(condition, {"lastTransitionTime"}));
            if (text_at(condition, {"status"}) != "True" || !since) return std::nullopt;
            youngest = youngest ? std::max(*youngest, *since) : *since;
        }
    }
    if (!youngest) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::seconds>(now() - *youngest);
}

void look_at(const Scope& scope, const Json& workload, CheckResult& result, std::string& first) {
    const auto health = compute_health(workload);
    if (health.status == Health::current) return;
    const std::string line =
        printable(text_at(workload, {"kind"}) + " " + name_of(workload) + ": " + health.message);
    result.verdict = Verdict::fail;
    if (first.empty()) first = line;
    result.details.push_back(line);
    for (const Json* pod : pods_of(scope, workload)) {
        const auto trouble = pod_trouble(*pod, now());
        if (!trouble) continue;
        result.details.push_back(trouble_line(*pod, *trouble));
        // the pod's reason says more than its controller's count
        if (trouble->doomed && first == line) first = result.details.back();
    }
}

void judge_stability(const CheckSpec& spec, const Scope& scope, CheckResult& result) {
    const auto wanted = parse_duration(text_at(spec.params, {"stable-for"}));
    if (!wanted || result.verdict != Verdict::pass) return;
    const auto have = ready_for(scope);
    if (have && *have >= *wanted) return;
    result.verdict = Verdict::warn;
    result.message += ", but not yet for " + human_duration(*wanted);
    if (have) result.message += " (the youngest for " + human_duration(*have) + ")";
    result.hint = "validate again later";
}

}  // namespace

CheckResult workloads_ready(const CheckSpec& spec, const CheckContext& context, std::stop_token) {
    const Scope& scope = context.scope;
    CheckResult result = result_of(Verdict::pass, {});
    if (scope.workloads.empty() && scope.missing.empty()) {
        if (scope.pods.empty()) return result_of(Verdict::skip, "the application has no workloads");
    }
    std::string first;
    for (const auto& missing : scope.missing) {
        result.verdict = Verdict::fail;
        result.details.push_back(printable(missing) + " is in the release but not in the cluster");
        if (first.empty()) first = result.details.back();
    }
    for (const Json& workload : scope.workloads) look_at(scope, workload, result, first);
    std::size_t running = 0;
    for (const Json& pod : scope.pods) running += !is_leaving(pod) && is_ready(pod) ? 1U : 0U;
    result.measures.push_back({"ready pods", static_cast<double>(running), "pods"});
    const auto total = static_cast<std::int64_t>(scope.workloads.size() + scope.missing.size());
    if (result.verdict == Verdict::pass) {
        result.message = plural(total, "workload") + " complete, " +
                         plural(static_cast<std::int64_t>(running), "pod") + " ready";
    } else {
        result.message = first;
        result.hint =
            "see: kubectl get pods -n " + shell_quote(scope.name_space) + "; the first pod above says why";
    }
    judge_stability(spec, scope, result);
    return result;
}

}  // namespace su::checks
