// SPDX-License-Identifier: Apache-2.0
// What every command needs from outside: helm's environment, the connection, signals, the terminal.
#pragma once

#include "base/exit_code.hpp"
#include "cluster/connection.hpp"
#include "cluster/helm.hpp"
#include "steps/context.hpp"

#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace su {

/// First INT, TERM or HUP (or helm's death under us): `stop`. Second: `abort`. Helm has no handler of its own
/// and leaves its plugin orphaned (knowledge/peers-upgrade.md 0.1), so its end is noticed by our parent
/// changing.
class Signals {
  public:
    Signals();  ///< before any other thread: blocks the signals and starts the thread that waits for them
    ~Signals();
    [[nodiscard]] std::stop_token stop() const { return m_stop.get_token(); }
    [[nodiscard]] std::stop_token abort() const { return m_abort.get_token(); }

  private:
    void wait(std::stop_token done);
    std::stop_source m_stop;
    std::stop_source m_abort;
    std::jthread m_waiter;
};

using ConnectionFlags = std::vector<std::pair<std::string, std::string>>;

/// HELM_KUBE* and KUBECONFIG as helm hands them over, then the flags that it left in our argv, over them.
ClusterTarget target_from_environment(const ConnectionFlags& flags, const std::string& kubectl);

struct Session {
    Connection connection;
    Helm helm;
    ReleaseDriver driver;
    std::string command_flags;  ///< " -n NS", for commands shown to a person

    static Result<Session> open(const ConnectionFlags& flags, const std::string& kubectl,
                                std::stop_token stop);
};

/// Default folder for backups: $SAFE_UPGRADE_BACKUP_DIR, else DATA_DIR/backups.
Result<fs::path> backup_root(const std::string& given);

/// A yes/no question on the terminal; absent when there is none.
std::function<bool(const std::string&)> asker(std::stop_token stop);

/// Prints "error: ..." with its hint to stderr (as JSON with `json`) and gives the exit code for it.
int report_error(const Error& error, bool json = false);
ExitCode exit_code_of(Errc code);

std::string program_version();  ///< "safe-upgrade 0.1.0"

}  // namespace su
