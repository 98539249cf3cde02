// SPDX-License-Identifier: Apache-2.0
#include "cluster/connection.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "cluster/api.hpp"
#include "cluster/kubeconfig.hpp"
#include "process/process.hpp"

#include <sys/un.h>

#include <filesystem>
#include <system_error>

namespace su {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds k_start{15};

Error masked(Error error, const ClusterTarget& target) {
    if (target.token.empty()) return error;
    error.message = replace_all(error.message, target.token, "***");
    return error;
}

Error no_cluster(const Error& error, const ClusterTarget& target) {
    Error full = error.context("cannot connect to the cluster");
    if (error.code == Errc::forbidden) {
        full.hint = "log in to the cluster again";
    } else if (error.code != Errc::cancelled) {
        if (error.code != Errc::timed_out) full.code = Errc::unreachable;
        full.hint = "try the same with: kubectl" +
                    (target.context.empty() ? "" : " --context=" + target.context) + " get --raw /version";
    }
    return masked(full, target);
}

Command proxy_command(const ClusterTarget& target, const std::string& socket) {
    Command command;
    // exec is refused by the default --reject-paths; a server URL with a path (Rancher) needs
    // --append-server-path
    command.argv = {target.kubectl, "proxy", "--unix-socket=" + socket, "--reject-paths=^/nope$",
                    "--append-server-path"};
    const auto flags = kubectl_flags(target);
    command.argv.insert(command.argv.end(), flags.begin(), flags.end());
    return command;
}

/// A proxy that serves knows nothing yet of the cluster behind it; a first answer does.
Result<void> first_answer(ClusterReader& reader, std::stop_token stop) {
    SU_ASSIGN(const auto answer, reader.raw_get("/version", {}, stop, k_start));
    // 403: this user may not read /version, but the cluster has answered
    if (answer.status / 100 == 2 || answer.status == 403) return {};
    return status_error(answer, "GET /version");
}

}  // namespace

struct Connection::State {
    // the proxy goes first, then the folder that holds its socket
    std::unique_ptr<TempDir> folder;
    std::unique_ptr<BackgroundProcess> proxy;
    std::unique_ptr<ClusterApi> api;
    ClusterTarget target;
};

Connection::Connection(std::unique_ptr<State> state) : m_state(std::move(state)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::open(ClusterTarget target, std::stop_token stop) {
    std::error_code ignored;
    auto state = std::make_unique<State>();
    SU_ASSIGN(auto folder, TempDir::create());
    state->folder = std::make_unique<TempDir>(std::move(folder));
    const std::string socket = state->folder->path() / "api";
    if (socket.size() >= sizeof(sockaddr_un::sun_path)) {
        return Error{Errc::unsupported,
                     "the path of the temporary folder is too long for a socket: " + socket,
                     "set XDG_RUNTIME_DIR to a shorter one"};
    }
    SU_ASSIGN(target.kubectl, find_program(target.kubectl));
    ClusterTarget flags = target;
    if (!target.token.empty()) {
        SU_ASSIGN(flags.kubeconfig, write_token_kubeconfig(target, state->folder->path(), stop));
        flags.context.clear();
    }
    SU_ASSIGN(auto proxy, BackgroundProcess::start(proxy_command(flags, socket)));
    state->proxy = std::make_unique<BackgroundProcess>(std::move(proxy));
    // read while kubectl starts
    if (target.name_space.empty()) target.name_space = context_namespace(target);
    if (auto served = state->proxy->wait_for_output("Starting to serve", k_start, stop); !served) {
        return no_cluster(served.error(), target);
    }
    state->api = std::make_unique<ClusterApi>(socket, target.name_space);
    if (auto answered = first_answer(*state->api, stop); !answered)
        return no_cluster(answered.error(), target);
    // kubectl has read it; a killed run must not leave a token behind
    if (!target.token.empty()) std::filesystem::remove(flags.kubeconfig, ignored);
    state->target = std::move(target);
    return Connection(std::move(state));
}

ClusterReader& Connection::reader() {
    return *m_state->api;
}
ClusterWriter& Connection::writer() {
    return *m_state->api;
}
const ClusterTarget& Connection::target() const {
    return m_state->target;
}

}  // namespace su
