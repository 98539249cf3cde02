// SPDX-License-Identifier: Apache-2.0
// Follows the logs of an upgrade's new pods from T0: the kubelet serves only the newest file, and a burst
// rotates away within seconds, so what is read afterwards is not what was written.
#pragma once

#include "checks/check.hpp"
#include "cluster/cluster.hpp"

#include <memory>
#include <set>
#include <string>

namespace su {

class LogFollower {
  public:
    /// `old_pods`: uids whose logs are not this upgrade's.
    LogFollower(ClusterReader& reader, std::set<std::string> old_pods);
    ~LogFollower();  ///< ends all followers

    /// Starts a follower for each container of a new pod that has started since the last call. At most 32 at
    /// once; what could not be followed is not in the result, so that its one-shot reading speaks alone.
    /// Cheap; call it at each look.
    void update(const Scope& scope);
    /// What was seen until now.
    [[nodiscard]] std::vector<FollowedLog> result() const;

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace su
