// SPDX-License-Identifier: Apache-2.0
// One rule per kind; shared only inside health/.
#pragma once

#include "health/health.hpp"

#include <string_view>

namespace su::rules {

HealthResult deployment(const Json& object);
HealthResult stateful_set(const Json& object);
HealthResult daemon_set(const Json& object);
HealthResult replica_set(const Json& object);
HealthResult pod(const Json& object);
HealthResult job(const Json& object);
HealthResult persistent_volume_claim(const Json& object);
HealthResult service(const Json& object);
HealthResult custom_resource_definition(const Json& object);

/// The condition of that type, or a null value.
const Json& condition(const Json& object, std::string_view type);
bool condition_is(const Json& object, std::string_view type, std::string_view status);
/// "reason: message" of a condition, printable; whichever part is there.
std::string words_of(const Json& condition);

inline HealthResult in_progress(std::string message) {
    return {Health::in_progress, std::move(message)};
}
inline HealthResult current(std::string message) {
    return {Health::current, std::move(message)};
}
inline HealthResult failed(std::string message) {
    return {Health::failed, std::move(message)};
}

}  // namespace su::rules
