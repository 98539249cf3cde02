// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "health/rules.hpp"

#include <algorithm>
#include <array>

namespace su {

namespace {

/// Shorter than that, a crash may have been the container waiting for its database by dying; and a container
/// that has run for longer has left its crash behind.
constexpr auto k_settled = std::chrono::seconds{60};
constexpr auto k_unschedulable_grace = std::chrono::seconds{15};
/// A claim that waits for its provisioner keeps the pod unschedulable for as long as that takes.
constexpr auto k_volume_grace = std::chrono::seconds{60};

/// Waiting reasons that no waiting mends.
constexpr std::array<std::string_view, 6> k_doomed_waits{"ImagePullBackOff",  "InvalidImageName",
                                                         "ErrImageNeverPull", "CreateContainerConfigError",
                                                         "CrashLoopBackOff",  "SignatureValidationFailed"};
/// Waiting reasons that may pass: the message decides.
constexpr std::array<std::string_view, 7> k_troubled_waits{
    "ErrImagePull",        "CreateContainerError", "RunContainerError",    "ImageInspectError",
    "RegistryUnavailable", "PostStartHookError",   "CreatePodSandboxError"};
/// Words of registries and runtimes that mean "never".
constexpr std::array<std::string_view, 10> k_final_words{
    "not found", "manifest unknown",          "access denied",  "unauthorized",
    "forbidden", "no such file or directory", "does not exist", "executable file not found",
    "denied",    "invalid reference format"};

template <class Words>
bool is_one_of(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_final(const std::string& message) {
    const std::string lower = to_lower(message);
    return std::any_of(k_final_words.begin(), k_final_words.end(),
                       [&](auto word) { return contains(lower, word); });
}

/// A crash's own words are those of the container that ended, not "back-off 10s restarting failed container".
void describe_exit(PodTrouble& trouble, const Json& terminated) {
    if (!terminated.is_object()) return;
    trouble.exit_code = static_cast<int>(int_at(terminated, {"exitCode"}));
    const std::string reason = text_at(terminated, {"reason"});
    std::string words = "exited with code " + std::to_string(*trouble.exit_code);
    if (!reason.empty() && reason != "Error" && reason != trouble.reason)
        words += " (" + printable(reason) + ")";
    if (trouble.restarts > 0) words += ", restarted " + plural(trouble.restarts, "time");
    const std::string message = trim(text_at(terminated, {"message"}));
    if (!message.empty()) words += ": " + printable(message.substr(0, 400));
    trouble.message = words;
}

std::optional<PodTrouble> waiting_trouble(const Json& status, PodTrouble trouble) {
    const std::string reason = text_at(status, {"state", "waiting", "reason"});
    const std::string message = text_at(status, {"state", "waiting", "message"});
    const bool doomed = is_one_of(k_doomed_waits, reason);
    if (!doomed && !is_one_of(k_troubled_waits, reason)) return std::nullopt;
    trouble.reason = reason;
    trouble.message = printable(message);
    trouble.doomed = doomed || is_final(message);
    if (reason == "CrashLoopBackOff") describe_exit(trouble, at_path(status, {"lastState", "terminated"}));
    return trouble;
}

bool has_settled(const Json& status, Time now) {
    const auto started = parse_rfc3339(text_at(status, {"state", "running", "startedAt"}));
    return started.has_value() && now - *started > k_settled;
}

/// A container that ended with an error, whether or not it has been started again.
std::optional<PodTrouble> crash_trouble(const Json& status, PodTrouble trouble, bool is_init, Time now) {
    const Json& ended = at_path(status, {"state", "terminated"});
    const Json& last = at_path(status, {"lastState", "terminated"});
    const Json& exit = ended.is_object() ? ended : last;
    if (!exit.is_object() || int_at(exit, {"exitCode"}) == 0) return std::nullopt;
    if (!ended.is_object() && has_settled(status, now)) return std::nullopt;
    const std::string reason = text_at(exit, {"reason"});
    trouble.reason = reason.empty() ? "Error" : printable(reason);
    const bool up_again =
        !is_init && at_path(status, {"state", "running"}).is_object() && bool_at(status, {"ready"});
    trouble.doomed = trouble.restarts >= 2 && !up_again;
    describe_exit(trouble, exit);
    return trouble;
}

std::optional<PodTrouble> container_trouble(const Json& status, bool is_init, Time now) {
    PodTrouble trouble;
    trouble.container = printable(text_at(status, {"name"}));
    trouble.restarts = static_cast<int>(int_at(status, {"restartCount"}));
    if (auto waiting = waiting_trouble(status, trouble)) return waiting;
    return crash_trouble(status, trouble, is_init, now);
}

std::optional<PodTrouble> scheduling_trouble(const Json& pod, Time now) {
    const Json& scheduled = rules::condition(pod, "PodScheduled");
    if (text_at(scheduled, {"status"}) != "False" || text_at(scheduled, {"reason"}) != "Unschedulable")
        return std::nullopt;
    PodTrouble trouble;
    trouble.reason = "Unschedulable";
    trouble.message = printable(text_at(scheduled, {"message"}));
    const auto since = parse_rfc3339(text_at(scheduled, {"lastTransitionTime"}));
    const bool volume = contains(trouble.message, "unbound immediate PersistentVolumeClaims");
    const auto grace = volume ? k_volume_grace : k_unschedulable_grace;
    if (since && now - *since <= k_unschedulable_grace) return std::nullopt;
    trouble.doomed = since && now - *since > grace;
    return trouble;
}

/// A failed pod stays failed, but its controller makes another: not doomed by itself.
std::optional<PodTrouble> phase_trouble(const Json& pod) {
    if (text_at(pod, {"status", "phase"}) != "Failed") return std::nullopt;
    PodTrouble trouble;
    trouble.reason = printable(text_at(pod, {"status", "reason"}, "Failed"));
    trouble.message = printable(text_at(pod, {"status", "message"}));
    return trouble;
}

int weight(const PodTrouble& trouble) {
    return (trouble.doomed ? 1'000'000 : 0) + std::min(trouble.restarts, 999'999);
}

}  // namespace

std::optional<PodTrouble> pod_trouble(const Json& pod, Time now) {
    std::optional<PodTrouble> worst;
    const auto consider = [&](std::optional<PodTrouble> trouble) {
        if (trouble && (!worst || weight(*trouble) > weight(*worst))) worst = std::move(trouble);
    };
    if (text_at(pod, {"status", "phase"}) == "Succeeded") return std::nullopt;
    for (const Json& status : list_at(pod, {"status", "initContainerStatuses"})) {
        consider(container_trouble(status, true, now));
    }
    for (const Json& status : list_at(pod, {"status", "containerStatuses"})) {
        consider(container_trouble(status, false, now));
    }
    consider(scheduling_trouble(pod, now));
    if (!worst || text_at(pod, {"status", "reason"}) == "Evicted") consider(phase_trouble(pod));
    return worst;
}

int restart_count(const Json& pod) {
    std::int64_t sum = 0;
    for (const auto* key : {"initContainerStatuses", "containerStatuses"}) {
        for (const Json& status : list_at(pod, {"status", key})) sum += int_at(status, {"restartCount"});
    }
    return static_cast<int>(sum);
}

}  // namespace su
