// SPDX-License-Identifier: Apache-2.0
// Controllers of pods. The order of the questions is kstatus'; what is stricter is said where it is.
#include "base/text.hpp"
#include "health/rules.hpp"

#include <limits>
#include <optional>

namespace su::rules {

namespace {

std::string of(std::int64_t have, std::int64_t want, std::string_view what) {
    return std::to_string(have) + " of " + plural(want, "replica") + " " + (want == 1 ? "is " : "are ") +
           std::string(what);
}

/// kstatus takes a missing observedGeneration for seen; a controller that has not come by yet says nothing at
/// all.
std::optional<HealthResult> not_yet_seen(const Json& object) {
    if (at_path(object, {"status", "observedGeneration"}).is_number_integer()) return std::nullopt;
    if (!at_path(object, {"metadata", "generation"}).is_number_integer()) return std::nullopt;
    return in_progress("its controller has not looked at it yet");
}

std::int64_t wanted(const Json& object) {
    return int_at(object, {"spec", "replicas"}, 1);
}

std::int64_t count(const Json& object, std::string_view key) {
    return int_at(object, {"status", key});
}

HealthResult all_ready(std::int64_t want) {
    if (want == 0) return current("scaled to zero");
    return current(of(want, want, "ready"));
}

}  // namespace

HealthResult deployment(const Json& object) {
    if (auto early = not_yet_seen(object)) return *early;
    const Json& progressing = condition(object, "Progressing");
    if (text_at(progressing, {"reason"}) == "ProgressDeadlineExceeded") return failed(words_of(progressing));
    const auto want = wanted(object);
    const auto total = count(object, "replicas");
    const auto updated = count(object, "updatedReplicas");
    const auto available = count(object, "availableReplicas");
    const auto ready = count(object, "readyReplicas");
    if (bool_at(object, {"spec", "paused"}) && updated < want) {
        return in_progress("the rollout is paused: " + of(updated, want, "updated"));
    }
    if (condition_is(object, "ReplicaFailure", "True") && total < want) {
        return in_progress(words_of(condition(object, "ReplicaFailure")));
    }
    if (want > total) return in_progress(of(total, want, "created"));
    if (want > updated) return in_progress(of(updated, want, "updated"));
    if (total > want) return in_progress(plural(total - want, "old pod") + " still to be terminated");
    if (updated > available) return in_progress(of(available, updated, "available"));
    if (want > ready) return in_progress(of(ready, want, "ready"));
    const bool no_deadline =
        int_at(object, {"spec", "progressDeadlineSeconds"}) == std::numeric_limits<std::int32_t>::max();
    if (!no_deadline && !progressing.is_null() &&
        text_at(progressing, {"reason"}) != "NewReplicaSetAvailable" &&
        !bool_at(object, {"spec", "paused"})) {
        return in_progress("the new ReplicaSet is not yet available");
    }
    if (want > 0 && !condition_is(object, "Available", "True")) return in_progress("is not yet available");
    return all_ready(want);
}

HealthResult stateful_set(const Json& object) {
    if (auto early = not_yet_seen(object)) return *early;
    const auto want = wanted(object);
    const auto total = count(object, "replicas");
    const auto ready = count(object, "readyReplicas");
    const auto updated = count(object, "updatedReplicas");
    if (want > total) return in_progress(of(total, want, "created"));
    if (want > ready) return in_progress(of(ready, want, "ready"));
    if (total > want) return in_progress(plural(total - want, "pod") + " still to be terminated");
    // kstatus does not look at minReadySeconds here.
    const Json& available = at_path(object, {"status", "availableReplicas"});
    if (available.is_number_integer() && available.get<std::int64_t>() < want) {
        return in_progress(of(available.get<std::int64_t>(), want, "available"));
    }
    const bool same_revision =
        text_at(object, {"status", "currentRevision"}) == text_at(object, {"status", "updateRevision"});
    if (text_at(object, {"spec", "updateStrategy", "type"}) == "OnDelete") {
        // kstatus is green at once. currentRevision never moves with OnDelete, so the pods are counted.
        if (!same_revision && updated < want) {
            return in_progress(of(updated, want, "updated") +
                               "; OnDelete waits until the old pods are deleted");
        }
        return all_ready(want);
    }
    const auto partition = int_at(object, {"spec", "updateStrategy", "rollingUpdate", "partition"});
    const auto to_update = std::max<std::int64_t>(0, want - partition);
    if (!same_revision && updated < to_update) return in_progress(of(updated, to_update, "updated"));
    if (partition > 0 && partition < want) {
        return current(of(updated, want, "updated") + " (partition " + std::to_string(partition) + ")");
    }
    if (partition == 0 && !same_revision && want > 0)
        return in_progress("waits for the rollout to be completed");
    return all_ready(want);
}

HealthResult daemon_set(const Json& object) {
    if (auto early = not_yet_seen(object)) return *early;
    const Json& desired = at_path(object, {"status", "desiredNumberScheduled"});
    if (!desired.is_number_integer()) return in_progress("its controller has not looked at it yet");
    const auto want = desired.get<std::int64_t>();
    const auto scheduled = count(object, "currentNumberScheduled");
    const auto updated = count(object, "updatedNumberScheduled");
    const auto available = count(object, "numberAvailable");
    const auto ready = count(object, "numberReady");
    if (want > scheduled) return in_progress(of(scheduled, want, "scheduled"));
    if (want > updated) return in_progress(of(updated, want, "updated"));
    if (want > available) return in_progress(of(available, want, "available"));
    if (want > ready) return in_progress(of(ready, want, "ready"));
    return want == 0 ? current("no node needs a pod of it") : all_ready(want);
}

HealthResult replica_set(const Json& object) {
    if (auto early = not_yet_seen(object)) return *early;
    const auto want = wanted(object);
    if (condition_is(object, "ReplicaFailure", "True"))
        return in_progress(words_of(condition(object, "ReplicaFailure")));
    const auto labelled = count(object, "fullyLabeledReplicas");
    const auto available = count(object, "availableReplicas");
    const auto ready = count(object, "readyReplicas");
    const auto total = count(object, "replicas");
    if (want > labelled) return in_progress(of(labelled, want, "created"));
    if (want > available) return in_progress(of(available, want, "available"));
    if (want > ready) return in_progress(of(ready, want, "ready"));
    if (total > want) return in_progress(plural(total - want, "pod") + " still to be terminated");
    return all_ready(want);
}

}  // namespace su::rules
