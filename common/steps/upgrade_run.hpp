// SPDX-License-Identifier: Apache-2.0
// The main job: backup, baseline, upgrade, validation, record; on failure the cause and the way back.
#pragma once

#include "steps/context.hpp"

namespace su {

struct UpgradeJob {
    UpgradeOptions options;
    Facts facts;
    Plan plan;
};

/// Executes the plan. Every outcome is an Outcome, also refusals and interrupts; the last event carries the
/// same.
Outcome run_upgrade(const RunContext& context, const UpgradeJob& job);

}  // namespace su
