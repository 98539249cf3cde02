// SPDX-License-Identifier: Apache-2.0
// A "container" that is this machine: exec runs the argv here, in a session of its own, with `bin` first in
// PATH. Lets the pod scripts run for real with fake tools. Cuts and limits can be put on the line.
#pragma once

#include "base/fd.hpp"
#include "unit/support/fake_cluster.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <vector>

namespace su::test {

class LocalExec : public ExecSession {
  public:
    LocalExec(const std::vector<std::string>& argv, const std::string& path) {
        signal(SIGPIPE, SIG_IGN);
        std::array<std::array<int, 2>, 3> pipes{};
        for (auto& pair : pipes) {
            if (::pipe2(pair.data(), O_CLOEXEC) != 0) std::abort();
        }
        std::vector<char*> words;
        for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
        words.push_back(nullptr);
        m_pid = ::fork();
        if (m_pid == 0) {
            signal(SIGPIPE, SIG_DFL);
            ::setsid();
            ::dup2(pipes[0][0], 0);
            ::dup2(pipes[1][1], 1);
            ::dup2(pipes[2][1], 2);
            ::setenv("PATH", path.c_str(), 1);
            ::execvp(words[0], words.data());
            _exit(127);
        }
        ::close(pipes[0][0]);
        ::close(pipes[1][1]);
        ::close(pipes[2][1]);
        m_in.reset(pipes[0][1]);
        m_out.reset(pipes[1][0]);
        m_err.reset(pipes[2][0]);
    }
    ~LocalExec() override {
        m_in.reset();
        m_out.reset();
        m_err.reset();
        // the script must end by itself when its client has gone
        for (int i = 0; i < 500 && m_pid > 0; ++i) {
            reap();
            ::usleep(10'000);
        }
    }

    Result<Chunk> next(std::stop_token stop, std::chrono::milliseconds wait) override {
        const auto deadline =
            std::chrono::steady_clock::now() + (wait.count() > 0 ? wait : std::chrono::seconds{20});
        while (m_out || m_err) {
            if (stop.stop_requested()) return Error{Errc::cancelled, "stopped", {}};
            if (std::chrono::steady_clock::now() > deadline) return Error{Errc::timed_out, "silence", {}};
            std::array<pollfd, 2> polls{{{m_out.get(), POLLIN, 0}, {m_err.get(), POLLIN, 0}}};
            reap();
            if (::poll(polls.data(), 2, 20) <= 0) continue;
            for (std::size_t i = 0; i < 2; ++i) {
                if ((polls[i].revents & (POLLIN | POLLHUP)) == 0) continue;
                std::string data(16384, '\0');
                Fd& fd = i == 0 ? m_out : m_err;
                const ssize_t got = ::read(fd.get(), data.data(), data.size());
                if (got <= 0) {
                    fd.reset();
                    continue;
                }
                data.resize(static_cast<std::size_t>(got));
                if (i == 0) m_received += data.size();
                if (i == 0 && m_received > cut_after) return Error{Errc::cut, "the line was cut", {}};
                return Chunk{i == 0 ? Channel::out : Channel::err, data, 0, {}};
            }
        }
        while (m_pid > 0) {
            reap();
            ::usleep(1000);
        }
        return Chunk{
            Channel::status, {}, WIFEXITED(m_status) ? WEXITSTATUS(m_status) : 128 + WTERMSIG(m_status), {}};
    }
    Result<void> write(std::string_view bytes, std::stop_token) override {
        while (!bytes.empty()) {
            const ssize_t done = ::write(m_in.get(), bytes.data(), bytes.size());
            if (done <= 0) return Error{Errc::cut, "stdin is closed", {}};
            bytes.remove_prefix(static_cast<std::size_t>(done));
        }
        return {};
    }
    Result<void> close_stdin(std::stop_token) override {
        m_in.reset();
        return {};
    }

    std::size_t cut_after = SIZE_MAX;

  private:
    /// As a container's runtime does; a zombie would still look alive to the script.
    void reap() {
        if (m_pid > 0 && ::waitpid(m_pid, &m_status, WNOHANG) == m_pid) m_pid = -1;
    }

    pid_t m_pid = -1;
    int m_status = 0;
    Fd m_in, m_out, m_err;
    std::size_t m_received = 0;
};

class LocalCluster : public FakeCluster {
  public:
    std::string path = std::getenv("PATH");
    std::size_t cut_after = SIZE_MAX;
    Result<std::unique_ptr<ExecSession>> open_exec(const ExecRequest& request, std::stop_token) override {
        auto session = std::make_unique<LocalExec>(request.argv, path);
        session->cut_after = cut_after;
        return std::unique_ptr<ExecSession>(std::move(session));
    }
};

/// Puts an executable shell script into `folder`.
inline void put_tool(const std::filesystem::path& folder, const std::string& name, const std::string& body) {
    std::ofstream(folder / name) << "#!/bin/sh\n" << body << "\n";
    std::filesystem::permissions(folder / name, std::filesystem::perms::owner_all);
}

}  // namespace su::test
