// SPDX-License-Identifier: Apache-2.0
// One run at a time: a coordination.k8s.io Lease "safe-upgrade.RELEASE", renewed while we live.
#pragma once

#include "cluster/cluster.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace su {

class Lease {
  public:
    /// Takes the Lease. When somebody holds it, watches for a renewal on our own clock for a little longer
    /// than its duration: a renewal means alive (conflict, with the holder's name); none means dead: then
    /// conflict too, with the hint to repeat with --take-over, unless `take_over`. Undo and death: released
    /// by the destructor; a killed holder's Lease simply stops being renewed.
    static Result<Lease> acquire(ClusterWriter& writer, const std::string& release, const std::string& holder,
                                 bool take_over, std::stop_token stop);
    Lease(Lease&&) noexcept;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    /// Set when the Lease was lost (somebody took it, or it could not be renewed in time): stop before the
    /// next write.
    [[nodiscard]] bool lost() const;

  private:
    struct State;
    explicit Lease(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

/// "user@host pid 123", for Leases and records.
std::string who_am_i();

}  // namespace su
