// SPDX-License-Identifier: Apache-2.0
// The differences of two Kubernetes objects, field by field, as the API server would see them. Internal to
// diff/.
#pragma once

#include "diff/manifest_diff.hpp"

#include <map>
#include <string>
#include <vector>

namespace su {

/// Null members count as absent. Changes that are noise are counted in `hidden` under the rule's name.
std::vector<FieldChange> diff_fields(const Json& before, const Json& after,
                                     std::map<std::string, int>& hidden);

}  // namespace su
