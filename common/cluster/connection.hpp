// SPDX-License-Identifier: Apache-2.0
// Starts the user's own kubectl as a proxy on a private unix socket and speaks HTTP and WebSocket through it.
#pragma once

#include "cluster/cluster.hpp"
#include "cluster/target.hpp"

#include <memory>

namespace su {

/// Owns the proxy and implements both interfaces. Move-only.
class Connection {
  public:
    /// Starts `kubectl proxy --unix-socket` and waits until it serves (at most 15 s). Fills target.name_space
    /// from the kubeconfig's context when it is empty. The proxy dies with the calling THREAD: connect from
    /// the main thread. Errors: not_found (no kubectl), unreachable (with kubectl's words), timed_out,
    /// cancelled.
    static Result<Connection> open(ClusterTarget target, std::stop_token stop);
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();

    ClusterReader& reader();
    ClusterWriter& writer();
    [[nodiscard]] const ClusterTarget& target() const;

  private:
    struct State;
    explicit Connection(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

}  // namespace su
