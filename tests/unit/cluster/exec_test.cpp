// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "cluster/api.hpp"
#include "unit/cluster/fake_server.hpp"

#include <catch2/catch.hpp>
#include <nettle/sha1.h>

#include <array>
#include <optional>

using namespace su;
using namespace su::test;
using std::chrono::milliseconds;
using Channel = ExecSession::Channel;

namespace {

/// RFC 6455 section 4.2.2: the server proves that it has read the key.
std::string accept_head(const std::string& request) {
    const auto at = request.find("Sec-WebSocket-Key: ") + 19;
    const std::string key =
        request.substr(at, request.find("\r\n", at) - at) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    sha1_ctx context;
    sha1_init(&context);
    sha1_update(&context, key.size(), reinterpret_cast<const std::uint8_t*>(key.data()));
    std::array<char, SHA1_DIGEST_SIZE> digest{};
    sha1_digest(&context, digest.size(), reinterpret_cast<std::uint8_t*>(digest.data()));
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Protocol: v5.channel.k8s.io\r\nSec-WebSocket-Accept: " +
           base64_encode({digest.data(), digest.size()}) + "\r\n\r\n";
}

std::string frame(char channel, const std::string& data) {
    const std::size_t size = data.size() + 1;
    std::string out(1, '\x82');
    if (size < 126) {
        out += static_cast<char>(size);
    } else {  // the shortest form of the length is the only right one (RFC 6455 section 5.2)
        out += size < 65536 ? '\x7e' : '\x7f';
        for (int shift = size < 65536 ? 8 : 56; shift >= 0; shift -= 8)
            out += static_cast<char>((size >> shift) & 0xff);
    }
    return out + channel + data;
}

/// One message of the client, unmasked; nothing at the end of the connection.
std::optional<std::string> receive(int fd) {
    const auto take = [fd](std::size_t size) {
        std::string bytes(size, '\0');
        std::size_t done = 0;
        while (done < size) {
            const ssize_t got = ::read(fd, bytes.data() + done, size - done);
            if (got <= 0) return std::string();
            done += static_cast<std::size_t>(got);
        }
        return bytes;
    };
    const std::string head = take(2);
    if (head.empty()) return std::nullopt;
    std::size_t size = static_cast<unsigned char>(head[1]) & 0x7f;
    if (const int more = size == 126 ? 2 : size == 127 ? 8 : 0; more > 0) {
        size = 0;
        for (const char c : take(static_cast<std::size_t>(more)))
            size = (size << 8) | static_cast<unsigned char>(c);
    }
    const std::string mask = take(4);
    std::string data = take(size);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>(data[i] ^ mask[i % 4]);
    return data;
}

ExecRequest a_command() {
    ExecRequest request;
    request.where = {"ns", "p", "main"};
    request.argv = {"sh", "-c", "a b&c"};
    request.idle = milliseconds{5000};
    return request;
}

const std::string k_success = R"({"status":"Success"})";

Result<ExecOutput> run_against(const std::function<void(int)>& talk, std::string_view input = {}) {
    FakeServer server([&](int fd, const std::string& request) {
        send_all(fd, accept_head(request));
        talk(fd);
    });
    auto result = ClusterApi(server.path(), "ns").exec_query(a_command(), input, {});
    if (!result) UNSCOPED_INFO(result.error().message);
    return result;
}

}  // namespace

TEST_CASE("output, error output and exit code arrive on their channels") {
    const auto result = run_against([](int fd) {
        send_all(fd, frame(1, "") + frame(1, "out") + frame(2, "err") + frame(1, std::string(100000, 'x')));
        send_all(fd, frame(3, R"({"status":"Failure","reason":"NonZeroExitCode","message":"exit 3",
                                  "details":{"causes":[{"reason":"ExitCode","message":"3"}]}})"));
    });
    REQUIRE(result);
    CHECK(result->exit_code == 3);
    CHECK(result->out.size() == 100003);
    CHECK(result->err == "err");
}

TEST_CASE("a connection that ends without a status is cut") {
    const auto result = run_against([](int fd) { send_all(fd, frame(1, "half")); });
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::cut);
}

TEST_CASE("a program that is not in the image is unsupported") {
    const auto result = run_against([](int fd) {
        send_all(fd, frame(3, R"({"status":"Failure","reason":"InternalError",
                                  "message":"exec: \"sh\": executable file not found in $PATH"})"));
    });
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::unsupported);
}

TEST_CASE(
    "input goes out in order and its channel is closed; an echo larger than every buffer is no deadlock") {
    std::string input(5'000'000, '\0');
    for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<char>(i * 7);
    const auto result = run_against(
        [](int fd) {
            while (const auto message = receive(fd)) {
                if (*message == std::string("\xff\0", 2)) break;
                send_all(fd, frame(1, message->substr(1)));
            }
            send_all(fd, frame(3, k_success));
        },
        input);
    REQUIRE(result);
    CHECK(result->out == input);
}

TEST_CASE("a command that ends before it has read its input ends with its own status") {
    const auto result = run_against(
        [](int fd) {
            (void)receive(fd);
            send_all(fd, frame(1, "enough") + frame(3, k_success));
        },
        std::string(50'000'000, 'x'));
    REQUIRE(result);
    CHECK(result->exit_code == 0);
    CHECK(result->out == "enough");
}

TEST_CASE("a command that ends while the server leaves its input unread ends too") {
    const auto result = run_against(
        [](int fd) {
            (void)receive(fd);
            send_all(fd, frame(1, "enough") + frame(3, k_success));
            std::this_thread::sleep_for(milliseconds{500});
        },
        std::string(50'000'000, 'x'));
    REQUIRE(result);
    CHECK(result->out == "enough");
}

TEST_CASE("an empty message in the middle of the input is no reason to wait") {
    std::size_t received = 0;
    const auto result = run_against(
        [&](int fd) {
            send_all(fd, frame(1, "") + frame(2, ""));
            while (const auto message = receive(fd)) {
                if (*message == std::string("\xff\0", 2)) break;
                received += message->size() - 1;
            }
            send_all(fd, frame(3, k_success));
        },
        std::string(50'000'000, 'x'));
    REQUIRE(result);
    CHECK(received == 50'000'000);
}

TEST_CASE("a session that waits in vain can go on afterwards") {
    FakeServer server([&](int fd, const std::string& request) {
        send_all(fd, accept_head(request));
        const auto message = receive(fd);
        const std::string answer = frame(1, *message);
        send_all(fd, answer.substr(0, 1));  // a frame that comes in two pieces
        std::this_thread::sleep_for(milliseconds{150});
        send_all(fd, answer.substr(1) + frame(3, k_success));
    });
    auto session = ClusterApi(server.path(), "ns").open_exec(a_command(), {});
    REQUIRE(session);
    const auto nothing = (*session)->next({}, milliseconds{50});
    REQUIRE_FALSE(nothing);
    CHECK(nothing.error().code == Errc::timed_out);
    REQUIRE((*session)->write("go", {}));
    CHECK_FALSE((*session)->next({}, milliseconds{50}));
    const auto chunk = (*session)->next({});
    REQUIRE(chunk);
    CHECK(chunk->data == std::string("\0go", 3));
    const auto status = (*session)->next({});
    REQUIRE(status);
    CHECK(status->channel == Channel::status);
    CHECK((*session)->next({}).error().code == Errc::cut);
    CHECK(server.requests().front().starts_with(
        "GET /api/v1/namespaces/ns/pods/p/exec?stdout=true&stderr=true&"
        "container=main&stdin=true&command=sh&command=-c&command=a%20b%26c "));
}

TEST_CASE("a stop request ends a wait for a silent command") {
    FakeServer server([&](int fd, const std::string& request) {
        send_all(fd, accept_head(request));
        (void)receive(fd);
    });
    auto session = ClusterApi(server.path(), "ns").open_exec(a_command(), {});
    REQUIRE(session);
    std::stop_source source;
    std::jthread later([&] {
        std::this_thread::sleep_for(milliseconds{50});
        source.request_stop();
    });
    const auto started = std::chrono::steady_clock::now();
    const auto chunk = (*session)->next(source.get_token());
    REQUIRE_FALSE(chunk);
    CHECK(chunk.error().code == Errc::cancelled);
    CHECK(std::chrono::steady_clock::now() - started < milliseconds{150});
}

TEST_CASE("a refused handshake gives the server's words") {
    const auto refuse = [](int status, const std::string& body) {
        FakeServer server([&](int fd, const std::string&) { send_all(fd, json_answer(status, body)); });
        auto session = ClusterApi(server.path(), "ns").open_exec(a_command(), {});
        REQUIRE_FALSE(session);
        return session.error();
    };
    const Error forbidden = refuse(403, R"({"message":"cannot create pods/exec"})");
    CHECK(forbidden.code == Errc::forbidden);
    CHECK(forbidden.message == "cannot run sh in ns/p: cannot create pods/exec");
    CHECK(refuse(404, R"({"message":"pods \"p\" not found"})").code == Errc::not_found);
    CHECK(refuse(400, R"({"message":"container main is not valid for pod p"})").code == Errc::invalid);
    CHECK(refuse(400, R"({"message":"Upgrade request required"})").code == Errc::unsupported);
}
