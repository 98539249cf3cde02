// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stop_token>
#include <thread>

namespace su {

/// INT, TERM and HUP set the stop token. Made before any other thread, so that they all have the signals
/// blocked and this one thread takes them.
class Signals {
  public:
    Signals();
    [[nodiscard]] std::stop_token stop() const { return m_stop.get_token(); }

  private:
    std::stop_source m_stop;
    std::jthread m_waiter;
};

}  // namespace su
