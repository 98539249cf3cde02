// SPDX-License-Identifier: Apache-2.0
// Pure: one object's JSON in, its state out. Rules follow kstatus (cli-utils pkg/kstatus/status) and are
// stricter where it is green too early; each difference is said at its rule.
#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"

#include <optional>
#include <string>
#include <vector>

namespace su {

enum class Health { current, in_progress, failed, terminating };

struct HealthResult {
    Health status = Health::in_progress;
    std::string message;  ///< a human sentence with numbers: "2 of 3 replicas are ready"
};

const char* health_name(Health health);

/// Deployment, StatefulSet, DaemonSet, ReplicaSet, Pod, Job, PersistentVolumeClaim, Service, others by
/// generation/conditions. Stricter than kstatus: a running Job is in_progress, a Failed Pod is failed, an
/// OnDelete StatefulSet is compared by revision, a LoadBalancer needs an ingress, init containers and image
/// pulls are looked at.
HealthResult compute_health(const Json& object);

/// What is wrong with a pod, and whether waiting can mend it.
struct PodTrouble {
    bool doomed =
        false;  ///< will not get well without a change: ImagePullBackOff, InvalidImageName,
                ///< CreateContainerConfigError, CrashLoopBackOff or second restart with an error exit, ...
    std::string reason;     ///< Kubernetes' own word: "CrashLoopBackOff"
    std::string container;  ///< empty when it is the pod (Unschedulable, Evicted)
    std::string message;    ///< the kubelet's or scheduler's words, printable
    std::optional<int> exit_code;
    int restarts = 0;
};

/// The worst trouble of a pod, or nothing. `now` decides what needs a grace (Unschedulable: 15 s, as kstatus;
/// ErrImagePull counts as doomed from its first back-off, or at once when the registry's words are final). A
/// first crash is trouble but not doomed (its database may not have been ready); the second restart or
/// CrashLoopBackOff is. A container that has run for a minute has left its crash behind.
std::optional<PodTrouble> pod_trouble(const Json& pod, Time now);

/// Sum of restart counts of all containers, init containers too.
int restart_count(const Json& pod);

}  // namespace su
