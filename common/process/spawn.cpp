// SPDX-License-Identifier: Apache-2.0
#include "process/spawn.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "process/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

extern char** environ;

namespace su {

namespace {

struct Pipe {
    Fd read;
    Fd write;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0) return errno_error("cannot make a pipe");
    return Pipe{Fd(fds[0]), Fd(fds[1])};
}

std::vector<std::string> child_environment(const Command& command) {
    std::vector<std::string> env;
    const auto is_replaced = [&](std::string_view entry) {
        const auto name = entry.substr(0, entry.find('='));
        for (const auto& [key, value] : command.env) {
            if (key == name) return true;
        }
        for (const auto& key : command.unset_env) {
            if (key == name) return true;
        }
        return false;
    };
    for (char** entry = environ; *entry != nullptr; ++entry) {
        if (!is_replaced(*entry)) env.emplace_back(*entry);
    }
    for (const auto& [key, value] : command.env) env.push_back(key + "=" + value);
    return env;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> out;
    for (auto& word : words) out.push_back(word.data());
    out.push_back(nullptr);
    return out;
}

struct ChildSide {
    const char* program;
    char* const* argv;
    char* const* env;
    int in;
    int out;
    int err;
    int failure;
    pid_t parent;
};

/// Runs in the child between fork and exec: only async-signal-safe calls (POSIX signal-safety).
[[noreturn]] void become(const ChildSide& side) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != side.parent) ::_exit(127);  // the parent died before prctl took hold
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT}) ::signal(signal, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::dup2(side.in, STDIN_FILENO);
    ::dup2(side.out, STDOUT_FILENO);
    ::dup2(side.err, STDERR_FILENO);
    ::execve(side.program, side.argv, side.env);
    const int number = errno;
    (void)!::write(side.failure, &number, sizeof number);
    ::_exit(127);
}

}  // namespace

Result<Child> spawn(const Command& command) {
    SU_ASSIGN(const std::string program, find_program(command.argv.at(0)));
    SU_ASSIGN(auto out, make_pipe());
    SU_ASSIGN(auto err, make_pipe());
    SU_ASSIGN(auto failure, make_pipe());
    Pipe in;
    if (command.input.empty()) {
        in.read = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    } else {
        SU_ASSIGN(in, make_pipe());
    }
    auto argv = command.argv;
    auto env = child_environment(command);
    const auto argv_pointers = pointers(argv);
    const auto env_pointers = pointers(env);
    const ChildSide side{program.c_str(), argv_pointers.data(), env_pointers.data(), in.read.get(),
                         out.write.get(), err.write.get(),      failure.write.get(), ::getpid()};
    const pid_t pid = ::fork();
    if (pid < 0) return errno_error("cannot start " + program);
    if (pid == 0) become(side);

    ::setpgid(pid, pid);
    failure.write.reset();
    int number = 0;
    if (::read(failure.read.get(), &number, sizeof number) == sizeof number) {
        ::waitpid(pid, nullptr, 0);
        return Error{Errc::not_found, "cannot run " + program + ": " + std::strerror(number), {}};
    }
    if (in.write) ::fcntl(in.write.get(), F_SETFL, O_NONBLOCK);
    ::fcntl(out.read.get(), F_SETFL, O_NONBLOCK);
    ::fcntl(err.read.get(), F_SETFL, O_NONBLOCK);
    return Child{pid, std::move(in.write), std::move(out.read), std::move(err.read)};
}

}  // namespace su
