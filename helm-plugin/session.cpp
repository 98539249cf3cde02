// SPDX-License-Identifier: Apache-2.0
#include "helm-plugin/session.hpp"

#include "base/text.hpp"
#include "diff/mask.hpp"
#include "report/style.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace su {

namespace {

sigset_t handled_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
    return set;
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

}  // namespace

Signals::Signals() {
    const sigset_t set = handled_signals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    m_waiter = std::jthread([this](std::stop_token done) { wait(done); });
}

Signals::~Signals() = default;

void Signals::wait(std::stop_token done) {
    const sigset_t set = handled_signals();
    const pid_t helm = environment("HELM_BIN").empty() ? 0 : ::getppid();
    while (!done.stop_requested()) {
        const timespec tick{0, 200'000'000};
        const int signal = ::sigtimedwait(&set, nullptr, &tick);
        const bool helm_died = helm != 0 && ::getppid() != helm && !m_stop.stop_requested();
        if (signal <= 0 && !helm_died) continue;
        if (m_stop.stop_requested()) {
            m_abort.request_stop();
            continue;
        }
        const char* text = "\nstopping safely; once more to stop at once and leave the rest to you\n";
        (void)!::write(STDERR_FILENO, text, std::char_traits<char>::length(text));
        m_stop.request_stop();
    }
}

ClusterTarget target_from_environment(const ConnectionFlags& flags, const std::string& kubectl) {
    ClusterTarget target;
    target.kubectl = !kubectl.empty() ? kubectl : environment("SAFE_UPGRADE_KUBECTL");
    if (target.kubectl.empty()) target.kubectl = "kubectl";
    target.context = environment("HELM_KUBECONTEXT");
    target.name_space = environment("HELM_NAMESPACE");
    target.api_server = environment("HELM_KUBEAPISERVER");
    target.token = environment("HELM_KUBETOKEN");
    target.as_user = environment("HELM_KUBEASUSER");
    target.ca_file = environment("HELM_KUBECAFILE");
    target.tls_server_name = environment("HELM_KUBETLS_SERVER_NAME");
    target.insecure_skip_tls_verify = environment("HELM_KUBEINSECURE_SKIP_TLS_VERIFY") == "true";
    for (const auto& group : split(environment("HELM_KUBEASGROUPS"), ',')) {
        // helm gives every group twice (measured, both majors)
        const auto& known = target.as_groups;
        if (!group.empty() && std::find(known.begin(), known.end(), group) == known.end())
            target.as_groups.push_back(group);
    }
    for (const auto& [name, value] : flags) {
        if (name == "namespace") target.name_space = value;
        if (name == "kube-context") target.context = value;
        if (name == "kubeconfig") target.kubeconfig = value;
        if (name == "kube-apiserver") target.api_server = value;
        if (name == "kube-token") target.token = value;
        if (name == "kube-as-user") target.as_user = value;
        if (name == "kube-as-group") target.as_groups.push_back(value);
        if (name == "kube-ca-file") target.ca_file = value;
        if (name == "kube-tls-server-name") target.tls_server_name = value;
        if (name == "kube-insecure-skip-tls-verify") target.insecure_skip_tls_verify = value != "false";
    }
    return target;
}

Result<Session> Session::open(const ConnectionFlags& flags, const std::string& kubectl,
                              std::stop_token stop) {
    SU_ASSIGN(const ReleaseDriver driver, parse_release_driver(environment("HELM_DRIVER")));
    SU_ASSIGN(auto connection, Connection::open(target_from_environment(flags, kubectl), stop));
    const ClusterTarget& target = connection.target();
    std::string command_flags = " -n " + shell_quote(target.name_space);
    if (!target.context.empty()) command_flags += " --kube-context " + shell_quote(target.context);
    const std::string helm = environment("HELM_BIN");
    Helm runner(helm.empty() ? "helm" : helm, target);
    return Session{std::move(connection), std::move(runner), driver, std::move(command_flags)};
}

Result<fs::path> backup_root(const std::string& given) {
    if (!given.empty()) return fs::absolute(given);
    if (const std::string set = environment("SAFE_UPGRADE_BACKUP_DIR"); !set.empty())
        return fs::absolute(set);
    SU_ASSIGN(const fs::path data, data_dir());
    return data / "backups";
}

std::function<bool(const std::string&)> asker(std::stop_token stop) {
    if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDERR_FILENO) != 1) return {};
    return [stop](const std::string& question) {
        std::cerr << question << " [y/N] " << std::flush;
        pollfd fd{STDIN_FILENO, POLLIN, 0};
        while (!stop.stop_requested()) {
            if (::poll(&fd, 1, 200) <= 0) continue;
            std::string answer;
            std::getline(std::cin, answer);
            return to_lower(trim(answer)) == "y" || to_lower(trim(answer)) == "yes";
        }
        return false;
    };
}

ExitCode exit_code_of(Errc code) {
    switch (code) {
        case Errc::usage:
            return ExitCode::usage;
        case Errc::cancelled:
            return ExitCode::interrupted;
        case Errc::conflict:
        case Errc::no_space:
        case Errc::tool_failed:
            return ExitCode::refused;
        default:
            return ExitCode::error;
    }
}

int report_error(const Error& error, bool json) {
    const ExitCode code = exit_code_of(error.code);
    if (json) {
        std::cout << dump_json({{"type", "error"},
                                {"code", errc_name(error.code)},
                                {"message", mask_text(error.message)},
                                {"hint", error.hint},
                                {"exit_code", static_cast<int>(code)}})
                  << "\n";
        return static_cast<int>(code);
    }
    const Style style = Style::of(stderr);
    std::cerr << style.bad("error: ") << printable(mask_text(error.message), true) << "\n";
    if (!error.hint.empty()) std::cerr << "  " << printable(error.hint, true) << "\n";
    return static_cast<int>(code);
}

std::string program_version() {
    return "safe-upgrade " SU_VERSION;
}

}  // namespace su
