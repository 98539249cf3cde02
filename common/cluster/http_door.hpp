// SPDX-License-Identifier: Apache-2.0
// Private to cluster/: HTTP/1.1 and WebSocket over a unix socket. The only room that knows Boost.Beast.
// A new connection for each call: 2-4 ms, and nothing to share between threads.
#pragma once

#include "base/result.hpp"
#include "cluster/cluster.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace su {

struct HttpRequest {
    std::string method = "GET";
    std::string target;
    Headers headers;
    std::string body;
};

struct HttpLimits {
    std::chrono::milliseconds deadline{30'000};  ///< for the whole exchange; 0: none
    std::chrono::milliseconds idle{0};           ///< between two pieces of the body; 0: none
    std::size_t max_body = 64ULL << 20;          ///< of a body that is kept, not streamed
};

/// Gets the body of a 2xx answer piece by piece; returns false to end the exchange (that is success).
using BodySink = std::function<bool(std::string_view)>;

/// Messages both ways. One thread at a time. Nothing happens between calls: then TCP holds the sender back.
class WebSocket {
  public:
    virtual ~WebSocket() = default;
    /// The next message. Errors: timed_out, cancelled (both leave the connection usable), cut (it ended).
    virtual Result<std::string> read(std::chrono::milliseconds wait, std::stop_token stop) = 0;
    /// Returns when the message was handed to the connection. What arrives meanwhile is kept (at most 64
    /// MiB).
    virtual Result<void> write(std::string message, std::chrono::milliseconds wait, std::stop_token stop) = 0;
    [[nodiscard]] virtual bool has_message() const = 0;
};

class HttpDoor {
  public:
    explicit HttpDoor(std::string socket_path) : m_path(std::move(socket_path)) {}

    /// One exchange, no retry. With a sink the body of a 2xx answer goes there, and other bodies are kept.
    /// Errors: unreachable (before the head of the answer), cut (after it), timed_out, cancelled, invalid.
    [[nodiscard]] Result<HttpResponse> call(const HttpRequest& request, const HttpLimits& limits,
                                            std::stop_token stop, const BodySink& sink = nullptr) const;

    struct Upgrade {
        HttpResponse refusal;               ///< when the server did not switch protocols
        std::unique_ptr<WebSocket> socket;  ///< null then
    };
    /// `is_last`: true for the message after which the other side reads no more.
    using IsLast = std::function<bool(std::string_view message)>;
    [[nodiscard]] Result<Upgrade> web_socket(const std::string& target, const std::string& protocol,
                                             IsLast is_last, std::chrono::milliseconds deadline,
                                             std::stop_token stop) const;

  private:
    std::string m_path;
};

}  // namespace su
