// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "steps/context.hpp"

namespace su {

struct Validation {
    std::vector<CheckResult> results;
    int exit_code = 7;
};

/// Reads the release, its pods and databases anew and runs the profile's checks against `baseline`. Emits
/// ChecksDone.
Result<Validation> validate(const RunContext& context, const std::string& release, const Profile& profile,
                            const Baseline* baseline, const std::string& since,
                            std::vector<FollowedLog> followed = {});

/// A short summary for records.
Json summary_json(const std::vector<CheckResult>& results);

enum class SchemaState { same, moved, unknown };
/// Whether the databases' schema is the one that the baseline saw. `why` gets a sentence.
SchemaState compare_schema(const RunContext& context, const Facts& facts, const Baseline& baseline,
                           std::string& why, std::stop_token stop);

}  // namespace su
