// SPDX-License-Identifier: Apache-2.0
#include "kubectl-plugin/signals.hpp"

#include <signal.h>
#include <unistd.h>

namespace su {

Signals::Signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    m_waiter = std::jthread([this, set](std::stop_token done) {
        while (!done.stop_requested()) {
            const timespec tick{0, 50'000'000};
            if (::sigtimedwait(&set, nullptr, &tick) <= 0) continue;
            if (m_stop.stop_requested()) ::_exit(130);  // a second one: nothing here needs tidying up
            m_stop.request_stop();
        }
    });
}

}  // namespace su
