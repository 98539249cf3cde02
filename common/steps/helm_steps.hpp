// SPDX-License-Identifier: Apache-2.0
// The two helm writes, each watched by our tracker instead of helm's --wait.
#pragma once

#include "steps/log_follower.hpp"
#include "steps/tracker.hpp"
#include "steps/upgrade_run.hpp"

namespace su {

/// `helm upgrade` with exactly the planned values, tracked. Undo: helm_rollback_and_track. Dying here: helm
/// gets SIGTERM with us and marks its revision failed; the record says "running".
Result<TrackEnd> helm_upgrade_and_track(const RunContext& context, const UpgradeJob& job, LogFollower& logs);

/// `helm rollback RELEASE REVISION`, tracked. `scaled_by_us`: our scaling owns replica fields (Helm 4 then
/// needs to be told).
Result<TrackEnd> helm_rollback_and_track(const RunContext& context, const Facts& facts, int revision,
                                         std::chrono::milliseconds timeout, bool scaled_by_us,
                                         const std::function<Result<void>()>& after_helm = {});

}  // namespace su
