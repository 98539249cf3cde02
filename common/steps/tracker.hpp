// SPDX-License-Identifier: Apache-2.0
// Watches the workloads of a revision until all are well, one is doomed, or time is up.
#pragma once

#include "health/health.hpp"
#include "steps/context.hpp"

#include <optional>
#include <set>

namespace su {

struct TrackEnd {
    enum class Kind { ready, doomed, timed_out, cancelled, helm_failed };
    Kind kind = Kind::ready;
    Json pod;                           ///< the doomed or worst pod; null when none
    std::optional<PodTrouble> trouble;  ///< of that pod
    std::string message;
};

struct TrackRequest {
    Release release;                 ///< whose manifest says what must be there
    std::set<std::string> old_pods;  ///< uids that were there before: their trouble is not this upgrade's
    std::chrono::milliseconds timeout{300'000};
    /// nothing: helm is still at work; true: done well; false: failed.
    std::function<std::optional<bool>()> helm_state;
    std::function<void(const Scope&)> on_scope;  ///< told each look (log following)
};

/// Looks every 300 ms (or slower when a look takes long). Emits WorkloadsChanged when a row changes. Blocks.
Result<TrackEnd> track(const RunContext& context, const TrackRequest& request);

/// Uids of the pods that exist now.
std::set<std::string> pod_uids(const Scope& scope);

/// Logs and events of the pod, before anything is rolled back. Never fails: what could not be read is said in
/// it.
Cause find_cause(const RunContext& context, const TrackEnd& end);

}  // namespace su
