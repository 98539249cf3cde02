// SPDX-License-Identifier: Apache-2.0
// Restarts since the deploy. A container that crashed while its database came up and runs now is a warning;
// one that is not ready after its restart is a failure.
#include "base/text.hpp"
#include "checks/kinds/kinds.hpp"
#include "checks/support.hpp"
#include "health/health.hpp"

namespace su::checks {

namespace {

bool restarted_since(const Json& status, const std::optional<Time>& since) {
    if (int_at(status, {"restartCount"}) == 0) return false;
    if (!since) return true;
    const auto ended = parse_rfc3339(text_at(status, {"lastState", "terminated", "finishedAt"}));
    return !ended || *ended >= *since;
}

int baseline_restarts(const Baseline* baseline, const Owner& owner) {
    if (baseline == nullptr) return 0;
    for (const auto& workload : baseline->workloads) {
        if (workload.kind == owner.kind && workload.name == owner.name) return workload.restarts;
    }
    return 0;
}

/// A pod made after `since` counts whole. An older one counts what came on top of the baseline, and at least
/// one when its last crash was after `since`.
int restarts_of(const Json& pod, const std::optional<Time>& since, const Baseline* baseline) {
    int recent = 0;
    for (const Json* status : container_statuses(pod)) recent += restarted_since(*status, since) ? 1 : 0;
    if (recent == 0) return 0;
    const auto created = parse_rfc3339(text_at(pod, {"metadata", "creationTimestamp"}));
    const int total = restart_count(pod);
    if (!since || (created && *created >= *since)) return total;
    return baseline == nullptr ? recent
                               : std::max(recent, total - baseline_restarts(baseline, owner_of(pod)));
}

std::string last_exit(const Json& pod) {
    for (const Json* status : container_statuses(pod)) {
        const Json& last = at_path(*status, {"lastState", "terminated"});
        if (!last.is_object()) continue;
        std::string text = ", " + text_at(*status, {"name"}) + " last ended with code " +
                           std::to_string(int_at(last, {"exitCode"}));
        const std::string reason = text_at(last, {"reason"});
        if (!reason.empty()) text += " (" + reason + ")";
        return text + " at " + text_at(last, {"finishedAt"});
    }
    return {};
}

}  // namespace

CheckResult restarts(const CheckSpec& spec, const CheckContext& context, std::stop_token) {
    const auto since = parse_rfc3339(context.since);
    const auto most = int_at(spec.params, {"max"});
    CheckResult result = result_of(Verdict::pass, {});
    std::int64_t sum = 0;
    bool unwell = false;
    for (const Json& pod : context.scope.pods) {
        if (is_leaving(pod)) continue;
        const int count = restarts_of(pod, since, context.baseline);
        if (count == 0) continue;
        sum += count;
        const auto trouble = pod_trouble(pod, now());
        unwell = unwell || !is_ready(pod) || (trouble && trouble->doomed);
        result.details.push_back(
            printable("pod " + name_of(pod) + ": " + plural(count, "restart") + last_exit(pod)));
    }
    result.measures.push_back({"restarts", static_cast<double>(sum), "restarts"});
    const std::string window = since ? " since " + context.since : "";
    if (sum == 0) {
        result.message = "no restarts" + window;
    } else if (sum <= most) {
        result.message = plural(sum, "restart") + window + " (at most " + std::to_string(most) + ")";
    } else {
        result.verdict = unwell ? Verdict::fail : Verdict::warn;
        result.message =
            plural(sum, "restart") + window + (unwell ? "" : ", all restarted pods are ready now");
        result.hint = "see: kubectl logs --previous";
    }
    return result;
}

}  // namespace su::checks
