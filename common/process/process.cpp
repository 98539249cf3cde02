// SPDX-License-Identifier: Apache-2.0
#include "process/process.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "process/spawn.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <thread>

namespace su {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Why the child is being ended, and when the next harder signal is due.
struct Ending {
    std::optional<ProcessResult::End> reason;
    Clock::time_point kill_at{};

    void begin(ProcessResult::End why, pid_t group, milliseconds grace) {
        if (reason) return;
        reason = why;
        kill_at = Clock::now() + grace;
        ::kill(-group, SIGTERM);
    }
};

void keep(std::string& store, std::string_view piece, const Command& command, bool& truncated) {
    const std::size_t room = command.max_output > store.size() ? command.max_output - store.size() : 0;
    store += piece.substr(0, room);
    truncated = truncated || piece.size() > room;
}

/// Reads what is there; closes at end of file.
void drain(Fd& fd, std::string& store, const std::function<void(std::string_view)>& tell,
           const Command& command, bool& truncated) {
    std::array<char, 65536> chunk;
    const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {
        fd.reset();
        return;
    }
    const std::string_view piece(chunk.data(), static_cast<std::size_t>(got));
    keep(store, piece, command, truncated);
    if (tell) tell(piece);
}

void feed(Fd& fd, std::string_view& input) {
    const ssize_t done = ::write(fd.get(), input.data(), input.size());
    if (done > 0) input.remove_prefix(static_cast<std::size_t>(done));
    if ((done < 0 && errno != EINTR && errno != EAGAIN) || input.empty()) fd.reset();
}

int wait_milliseconds(const Ending& ending, Clock::time_point deadline, bool has_deadline) {
    const auto until = ending.reason ? ending.kill_at : deadline;
    if (!ending.reason && !has_deadline) return 200;
    const auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now()).count();
    return static_cast<int>(std::clamp<long>(left, 0, 200));
}

void set_end(ProcessResult& result, int status, const Ending& ending) {
    if (WIFSIGNALED(status)) {
        result.end = ProcessResult::End::signalled;
        result.code = WTERMSIG(status);
    } else {
        result.code = WEXITSTATUS(status);
    }
    if (ending.reason) result.end = *ending.reason;
}

}  // namespace

std::string ProcessResult::describe() const {
    switch (end) {
        case End::exited:
            return "exited with " + std::to_string(code);
        case End::signalled:
            return "was ended by signal " + std::to_string(code);
        case End::timed_out:
            return "did not end within its time";
        case End::cancelled:
            return "was interrupted";
    }
    return {};
}

std::string ProcessResult::error_tail(std::size_t max_lines) const {
    std::vector<std::string> kept;
    for (const auto& line : split_lines(err)) {
        if (!trim(line).empty()) kept.push_back(printable(line));
    }
    if (kept.size() > max_lines)
        kept.erase(kept.begin(), kept.end() - static_cast<std::ptrdiff_t>(max_lines));
    return join(kept, "; ");
}

Result<ProcessResult> run_process(const Command& command, std::stop_token stop) {
    if (stop.stop_requested()) return Error{Errc::cancelled, "interrupted before " + command.argv.at(0), {}};
    const auto started = Clock::now();
    const auto deadline = started + command.timeout;
    SU_ASSIGN(auto child, spawn(command));
    const Fd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    const std::stop_callback on_stop(stop, [&] { (void)!::eventfd_write(wake.get(), 1); });

    ProcessResult result;
    Ending ending;
    std::string_view input = command.input;
    int status = 0;
    bool reaped = false;
    while (!reaped || child.out || child.err) {
        std::array<pollfd, 4> fds{{{child.out.get(), POLLIN, 0},
                                   {child.err.get(), POLLIN, 0},
                                   {child.in.get(), POLLOUT, 0},
                                   {ending.reason ? -1 : wake.get(), POLLIN, 0}}};
        // a grandchild may hold the pipes open after the child's end: then only a moment more is given
        const int wait = reaped ? 100 : wait_milliseconds(ending, deadline, command.timeout.count() > 0);
        const int ready = ::poll(fds.data(), fds.size(), std::min(wait, child.out || child.err ? 200 : 5));
        if (fds[0].revents != 0) drain(child.out, result.out, command.on_output, command, result.truncated);
        if (fds[1].revents != 0)
            drain(child.err, result.err, command.on_error_output, command, result.truncated);
        if (fds[2].revents != 0) feed(child.in, input);
        if (stop.stop_requested()) ending.begin(ProcessResult::End::cancelled, child.pid, command.grace);
        if (command.timeout.count() > 0 && Clock::now() >= deadline) {
            ending.begin(ProcessResult::End::timed_out, child.pid, command.grace);
        }
        if (ending.reason && Clock::now() >= ending.kill_at) ::kill(-child.pid, SIGKILL);
        if (!reaped) {
            reaped = ::waitpid(child.pid, &status, WNOHANG) == child.pid;
        } else if (ready == 0) {
            break;
        }
    }
    set_end(result, status, ending);
    result.duration = std::chrono::duration_cast<milliseconds>(Clock::now() - started);
    return result;
}

struct BackgroundProcess::State {
    Child child;
    std::string out;
    std::string err;
    Fd wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    std::jthread drainer;

    /// Reads and drops what the child says from now on: a full pipe would stop it for ever, in the middle of
    /// its work.
    void drain_from_now_on() {
        if (drainer.joinable()) return;
        drainer = std::jthread([this](const std::stop_token& stop) {
            const std::stop_callback on_stop(stop, [this] { (void)!::eventfd_write(wake.get(), 1); });
            const Command unlimited;
            bool truncated = false;
            while (!stop.stop_requested() && (child.out || child.err)) {
                std::array<pollfd, 3> fds{
                    {{child.out.get(), POLLIN, 0}, {child.err.get(), POLLIN, 0}, {wake.get(), POLLIN, 0}}};
                ::poll(fds.data(), fds.size(), -1);
                std::string dropped;
                if (fds[0].revents != 0) drain(child.out, dropped, nullptr, unlimited, truncated);
                if (fds[1].revents != 0) drain(child.err, dropped, nullptr, unlimited, truncated);
            }
        });
    }
};

BackgroundProcess::BackgroundProcess(std::unique_ptr<State> state) : m_state(std::move(state)) {}
BackgroundProcess::BackgroundProcess(BackgroundProcess&&) noexcept = default;
BackgroundProcess& BackgroundProcess::operator=(BackgroundProcess&& other) noexcept {
    std::swap(m_state, other.m_state);  // the old child is ended by the other's destructor
    return *this;
}

BackgroundProcess::~BackgroundProcess() {
    if (!m_state) return;
    const pid_t pid = m_state->child.pid;
    ::kill(-pid, SIGTERM);
    for (int i = 0; i < 200; ++i) {
        if (::waitpid(pid, nullptr, WNOHANG) != 0) return;
        std::this_thread::sleep_for(milliseconds{10});
    }
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
}

Result<BackgroundProcess> BackgroundProcess::start(const Command& command) {
    SU_ASSIGN(auto child, spawn(command));
    auto state = std::make_unique<State>();
    state->child = std::move(child);
    return BackgroundProcess(std::move(state));
}

int BackgroundProcess::pid() const {
    return m_state->child.pid;
}

Result<void> BackgroundProcess::wait_for_output(std::string_view text, milliseconds timeout,
                                                std::stop_token stop) {
    const auto deadline = Clock::now() + timeout;
    const Command unlimited;
    bool truncated = false;
    auto& state = *m_state;
    if (state.drainer.joinable())
        return Error{Errc::internal, "only the child's first output can be waited for", {}};
    while (!contains(state.out, text)) {
        if (stop.stop_requested()) return Error{Errc::cancelled, "interrupted", {}};
        if (Clock::now() >= deadline)
            return Error{Errc::timed_out, "no answer within " + human_duration(timeout), {}};
        if (!state.child.out && !state.child.err) {
            ProcessResult ended;
            ended.err = state.err;
            return Error{Errc::tool_failed, ended.error_tail(), {}};
        }
        std::array<pollfd, 2> fds{{{state.child.out.get(), POLLIN, 0}, {state.child.err.get(), POLLIN, 0}}};
        ::poll(fds.data(), fds.size(), 50);
        if (fds[0].revents != 0) drain(state.child.out, state.out, nullptr, unlimited, truncated);
        if (fds[1].revents != 0) drain(state.child.err, state.err, nullptr, unlimited, truncated);
    }
    state.drain_from_now_on();
    return {};
}

Result<std::string> find_program(const std::string& name) {
    if (contains(name, "/")) {
        if (::access(name.c_str(), X_OK) == 0) return name;
        return Error{Errc::not_found, "no program " + name, {}};
    }
    const char* path = std::getenv("PATH");
    for (const auto& folder : split(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin", ':')) {
        const std::string full = (folder.empty() ? "." : folder) + "/" + name;
        if (::access(full.c_str(), X_OK) == 0 && !fs::is_directory(full)) return full;
    }
    return Error{Errc::not_found, "no program \"" + name + "\" on PATH", "install " + name};
}

}  // namespace su
