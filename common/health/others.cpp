// SPDX-License-Identifier: Apache-2.0
// Pod, Job, volume claim, Service and CustomResourceDefinition.
#include "base/clock.hpp"
#include "base/text.hpp"
#include "health/rules.hpp"

namespace su::rules {

HealthResult pod(const Json& object) {
    const std::string phase = text_at(object, {"status", "phase"});
    if (phase == "Succeeded") return current("has completed");
    if (phase == "Failed") {  // kstatus: Current, "on purpose"; no person would say so
        const std::string words = words_of(at_path(object, {"status"}));
        return failed(words.empty() ? "has failed" : words);
    }
    if (const auto trouble = pod_trouble(object, now())) {
        const std::string where =
            trouble->container.empty() ? std::string{} : "container " + trouble->container + ": ";
        const std::string message =
            where + trouble->reason + (trouble->message.empty() ? "" : ": " + trouble->message);
        return trouble->doomed ? failed(message) : in_progress(message);
    }
    if (phase == "Running" && condition_is(object, "Ready", "True")) return current("is ready");
    const Json& ready = condition(object, "Ready");
    if (phase == "Running") return in_progress(ready.is_null() ? "runs, not ready" : words_of(ready));
    if (phase.empty()) return in_progress("has no status yet");
    return in_progress("is " + to_lower(printable(phase)));
}

HealthResult job(const Json& object) {
    for (const auto* type : {"Failed", "FailureTarget"}) {
        if (condition_is(object, type, "True")) return failed(words_of(condition(object, type)));
    }
    const auto wanted = int_at(object, {"spec", "completions"}, 1);
    const auto succeeded = int_at(object, {"status", "succeeded"});
    const std::string progress = std::to_string(succeeded) + " of " + plural(wanted, "completion");
    if (condition_is(object, "Complete", "True")) return current(progress);
    if (bool_at(object, {"spec", "suspend"})) return current("is suspended");
    if (at_path(object, {"status", "startTime"}).is_null()) return in_progress("has not started yet");
    // kstatus calls a running Job Current, which lets a migration be taken for done while it runs.
    const auto failures = int_at(object, {"status", "failed"});
    const std::string tries = failures > 0 ? ", " + plural(failures, "failed try", "failed tries") : "";
    return in_progress("runs: " + progress + tries);
}

HealthResult persistent_volume_claim(const Json& object) {
    const std::string phase = text_at(object, {"status", "phase"});
    if (phase == "Bound") return current("is bound");
    if (phase == "Lost") return failed("has lost its volume");
    return in_progress(phase.empty() ? "has no status yet"
                                     : "is " + to_lower(printable(phase)) + ", not bound");
}

HealthResult service(const Json& object) {
    if (text_at(object, {"spec", "type"}) != "LoadBalancer") return current("exists");
    // kstatus looks at the clusterIP alone; without an address nobody outside gets in (helm's rule).
    if (!list_at(object, {"spec", "externalIPs"}).empty()) return current("has external addresses");
    if (list_at(object, {"status", "loadBalancer", "ingress"}).empty()) {
        return in_progress("waits for its load balancer's address");
    }
    return current("has a load balancer's address");
}

HealthResult custom_resource_definition(const Json& object) {
    const Json& names = condition(object, "NamesAccepted");
    if (text_at(names, {"status"}) == "False") return failed(words_of(names));
    const Json& established = condition(object, "Established");
    if (text_at(established, {"status"}) == "True") return current("is established");
    if (text_at(established, {"status"}) == "False" && text_at(established, {"reason"}) != "Installing") {
        return failed(words_of(established));
    }
    return in_progress("is being installed");
}

}  // namespace su::rules
