// SPDX-License-Identifier: Apache-2.0
#include "process/process.hpp"

#include <catch2/catch.hpp>

#include <signal.h>
#include <unistd.h>

#include <thread>

using namespace su;
using End = ProcessResult::End;

namespace {
Command shell(const std::string& script) {
    Command command;
    command.argv = {"sh", "-c", script};
    return command;
}
}  // namespace

TEST_CASE("output and exit code are data") {
    const auto result = run_process(shell("echo out; echo err >&2; exit 3"), {});
    REQUIRE(result);
    CHECK(result->out == "out\n");
    CHECK(result->err == "err\n");
    CHECK(result->code == 3);
    CHECK(result->end == End::exited);
}

TEST_CASE("input larger than a pipe goes through") {
    Command command = shell("wc -c");
    command.input.assign(3'000'000, 'x');
    const auto result = run_process(command, {});
    REQUIRE(result);
    CHECK(result->out == "3000000\n");
}

TEST_CASE("a missing program is not_found") {
    Command command;
    command.argv = {"no-such-program-here"};
    const auto result = run_process(command, {});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::not_found);
}

TEST_CASE("a child that hangs ends at its time, with its own children") {
    Command command = shell("trap '' TERM; sleep 100 & sleep 100");
    command.timeout = std::chrono::milliseconds{100};
    command.grace = std::chrono::milliseconds{100};
    const auto result = run_process(command, {});
    REQUIRE(result);
    CHECK(result->end == End::timed_out);
    CHECK(result->duration < std::chrono::seconds{5});
}

TEST_CASE("a stop request sends SIGTERM and waits for the child's own end") {
    std::stop_source source;
    std::jthread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{200});
        source.request_stop();
    });
    const auto result = run_process(shell("trap 'echo resolved; exit 4' TERM; while :; do sleep 0.05; done"),
                                    source.get_token());
    REQUIRE(result);
    CHECK(result->end == End::cancelled);
    CHECK(result->out == "resolved\n");
    CHECK(result->code == 4);
}

TEST_CASE("a child ended by a signal is not an exit code") {
    const auto result = run_process(shell("kill -9 $$"), {});
    REQUIRE(result);
    CHECK(result->end == End::signalled);
    CHECK(result->code == 9);
}

TEST_CASE("a background process is gone with its owner") {
    int pid = 0;
    {
        auto process = BackgroundProcess::start(shell("echo ready; sleep 100"));
        REQUIRE(process);
        REQUIRE(process->wait_for_output("ready", std::chrono::seconds{5}, {}));
        pid = process->pid();
        CHECK(::kill(pid, 0) == 0);
    }
    CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("a background child that talks on and on is never stopped by a full pipe") {
    const std::string mark = "/tmp/su-talker-" + std::to_string(::getpid());
    auto child = BackgroundProcess::start(
        shell("echo ready; head -c 1000000 /dev/zero >&2; head -c 1000000 /dev/zero; touch " + mark +
              "; sleep 100"));
    REQUIRE(child);
    REQUIRE(child->wait_for_output("ready", std::chrono::seconds{10}, {}));
    for (int i = 0; i < 500 && ::access(mark.c_str(), F_OK) != 0; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    CHECK(::access(mark.c_str(), F_OK) == 0);
    ::unlink(mark.c_str());
}
