// SPDX-License-Identifier: Apache-2.0
#include "cluster/http_door.hpp"

#include "unit/cluster/fake_server.hpp"

#include <catch2/catch.hpp>

using namespace su;
using namespace su::test;
using std::chrono::milliseconds;

namespace {

HttpLimits within(int deadline, int idle = 0) {
    HttpLimits limits;
    limits.deadline = milliseconds{deadline};
    limits.idle = milliseconds{idle};
    return limits;
}

HttpRequest a_get() {
    HttpRequest request;
    request.target = "/x";
    return request;
}

/// Holds the connection open without a word until the client leaves.
void stay_silent(int fd) {
    char byte = 0;
    (void)!::read(fd, &byte, 1);
}

}  // namespace

TEST_CASE("an answer is taken whole, and kubectl proxy gets the Host that it wants") {
    FakeServer server(
        [](int fd, const std::string&) { send_all(fd, k_chunked + chunk("ab") + chunk("c") + "0\r\n\r\n"); });
    const auto answer = HttpDoor(server.path()).call(a_get(), within(5000), {});
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == "abc");
    CHECK(server.requests().front().find("Host: localhost\r\n") != std::string::npos);
}

TEST_CASE("a chunked answer without its end chunk is cut") {
    FakeServer server([](int fd, const std::string&) { send_all(fd, k_chunked + chunk("half")); });
    const auto answer = HttpDoor(server.path()).call(a_get(), within(5000), {});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::cut);
}

TEST_CASE("an answer shorter than its Content-Length is cut") {
    FakeServer server(
        [](int fd, const std::string&) { send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"); });
    const auto answer = HttpDoor(server.path()).call(a_get(), within(5000), {});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::cut);
}

TEST_CASE("an answer without any length is cut: its end could not be told") {
    FakeServer server([](int fd, const std::string&) { send_all(fd, "HTTP/1.1 200 OK\r\n\r\nabc"); });
    const auto answer = HttpDoor(server.path()).call(a_get(), within(5000), {});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::cut);
}

TEST_CASE("a silent server ends by our deadline") {
    FakeServer server([](int fd, const std::string&) { stay_silent(fd); });
    const auto started = std::chrono::steady_clock::now();
    const auto answer = HttpDoor(server.path()).call(a_get(), within(100), {});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::timed_out);
    CHECK(std::chrono::steady_clock::now() - started < milliseconds{1000});
}

TEST_CASE("a stream that falls silent ends by the idle limit, and what came was given") {
    FakeServer server([](int fd, const std::string&) {
        send_all(fd, k_chunked + chunk("one"));
        stay_silent(fd);
    });
    std::string got;
    const auto answer =
        HttpDoor(server.path()).call(a_get(), within(0, 100), {}, [&](std::string_view piece) {
            got += piece;
            return true;
        });
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::timed_out);
    CHECK(got == "one");
}

TEST_CASE("a piece of a stream is given when it comes, not when a buffer is full") {
    FakeServer server([](int fd, const std::string&) {
        send_all(fd, k_chunked + chunk("one"));
        stay_silent(fd);
    });
    const auto answer =
        HttpDoor(server.path()).call(a_get(), within(0), {}, [](std::string_view) { return false; });
    CHECK(answer);
}

TEST_CASE("a stop request ends a blocked call at once") {
    FakeServer server([](int fd, const std::string&) { stay_silent(fd); });
    std::stop_source source;
    std::chrono::steady_clock::time_point asked;
    std::jthread later([&] {
        std::this_thread::sleep_for(milliseconds{100});
        asked = std::chrono::steady_clock::now();
        source.request_stop();
    });
    const auto answer = HttpDoor(server.path()).call(a_get(), within(0), source.get_token());
    const auto took = std::chrono::steady_clock::now() - asked;
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::cancelled);
    CHECK(took < milliseconds{100});
}

TEST_CASE("no socket is unreachable") {
    const auto answer = HttpDoor("/nowhere/at/all").call(a_get(), within(1000), {});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::unreachable);
}

TEST_CASE("a connection that ends before its answer is unreachable") {
    FakeServer server([](int, const std::string&) {});
    const auto answer = HttpDoor(server.path()).call(a_get(), within(1000), {});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::unreachable);
}

TEST_CASE("a body larger than the limit is refused") {
    FakeServer server(
        [](int fd, const std::string&) { send_all(fd, json_answer(200, std::string(100000, 'x'))); });
    auto limits = within(5000);
    limits.max_body = 1000;
    const auto answer = HttpDoor(server.path()).call(a_get(), limits, {});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::invalid);
}

TEST_CASE("the body of an error is kept, not streamed") {
    FakeServer server([](int fd, const std::string&) { send_all(fd, json_answer(403, "no")); });
    bool streamed = false;
    const auto answer = HttpDoor(server.path()).call(a_get(), within(5000), {}, [&](std::string_view) {
        streamed = true;
        return true;
    });
    REQUIRE(answer);
    CHECK(answer->status == 403);
    CHECK(answer->body == "no");
    CHECK_FALSE(streamed);
}
