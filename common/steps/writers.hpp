// SPDX-License-Identifier: Apache-2.0
// Stops what writes to a database and starts exactly that again.
#pragma once

#include "steps/context.hpp"

namespace su {

struct StoppedWorkload {
    std::string kind;
    std::string name;
    int replicas = 0;  ///< what it had
};

/// Scales every Deployment and StatefulSet of the release to zero, except the servers of `facts.databases`,
/// and waits until their pods are gone (at most 2 minutes). The journal has the counts before the first
/// write. Undo: start_writers with the returned list; also after an error, with `stopped` as far as it came.
Result<void> stop_writers(const RunContext& context, const Facts& facts,
                          std::vector<StoppedWorkload>& stopped);

/// Back to the recorded counts where the live count is zero.
Result<void> start_writers(const RunContext& context, const std::vector<StoppedWorkload>& stopped);

}  // namespace su
