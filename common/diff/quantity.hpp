// SPDX-License-Identifier: Apache-2.0
// Kubernetes quantities: "1000m", "1", "1Gi", "1024Mi", "1e3". Internal to diff/.
#pragma once

#include "base/json.hpp"

#include <optional>

namespace su {

/// The number that a quantity (text or number) stands for; nothing when it is none.
std::optional<long double> parse_quantity(const Json& value);
bool same_quantity(const Json& a, const Json& b);

}  // namespace su
