// SPDX-License-Identifier: Apache-2.0
#include "cluster/http_door.hpp"

#include "base/text.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include <array>
#include <deque>
#include <optional>

namespace su {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using Unix = asio::local::stream_protocol;
using Clock = std::chrono::steady_clock;
using ErrorCode = beast::error_code;
using std::chrono::milliseconds;

constexpr const char* k_host = "localhost";  // kubectl proxy refuses every other name
constexpr std::size_t k_write_inbox = 64ULL << 20;
constexpr std::size_t k_read_inbox = 256ULL << 10;

Clock::time_point after(milliseconds time) {
    return time.count() > 0 ? Clock::now() + time : Clock::time_point::max();
}

enum class Pumped { done, late, stopped };

/// Runs the context on this thread until `done`, the deadline or a stop request, whichever comes first.
template <class Done>
Pumped pump(asio::io_context& io, const Done& done, Clock::time_point deadline, const std::stop_token& stop) {
    const std::stop_callback wake(stop, [&io] { asio::post(io, [] {}); });
    while (!done()) {
        if (stop.stop_requested()) return Pumped::stopped;
        if (Clock::now() >= deadline) return Pumped::late;
        io.restart();
        if (deadline == Clock::time_point::max()) {
            io.run_one();
        } else {
            io.run_one_until(deadline);
        }
    }
    return Pumped::done;
}

Error pump_error(Pumped pumped, const std::string& what) {
    if (pumped == Pumped::stopped) return {Errc::cancelled, "interrupted while " + what, {}};
    return {Errc::timed_out, "no answer in time while " + what, {}};
}

/// Lets cancelled operations call back while what they refer to still exists.
void drain(asio::io_context& io) {
    try {
        io.restart();
        io.run();
    } catch (const std::exception&) {  // a handler of a dead connection has nothing left to tell
    }
}

/// What both kinds of connection share: one operation at a time, waited for on this thread.
class Steps {
  protected:
    auto handler() {
        return [this](ErrorCode ec, auto&&...) {
            m_ec = ec;
            m_done = true;
        };
    }

    template <class Start>
    Result<void> step(const std::string& what, Clock::time_point deadline, const std::stop_token& stop,
                      const Start& start) {
        m_done = false;
        start();
        const auto pumped = pump(
            m_io, [this] { return m_done; }, deadline, stop);
        if (pumped != Pumped::done) return pump_error(pumped, what);
        return {};
    }

    asio::io_context m_io{1};
    ErrorCode m_ec;
    bool m_done = false;
};

/// One request and its answer.
class Exchange : Steps {
  public:
    Exchange(const HttpRequest& request, const HttpLimits& limits, std::stop_token stop)
        : m_request(request), m_limits(limits), m_stop(std::move(stop)), m_deadline(after(limits.deadline)) {
        m_parser.body_limit(boost::none);
        m_parser.header_limit(1U << 20);
    }
    ~Exchange() {
        ErrorCode ignored;
        m_socket.close(ignored);
        drain(m_io);
    }

    Result<HttpResponse> run(const std::string& path, const BodySink& sink) {
        const std::string what = m_request.method + " " + printable(m_request.target.substr(0, 200));
        if (m_stop.stop_requested()) return pump_error(Pumped::stopped, what);
        SU_TRY(step(what, until(), m_stop, [&] { m_socket.async_connect(Unix::endpoint(path), handler()); }));
        if (m_ec) return Error{Errc::unreachable, "cannot reach the proxy: " + m_ec.message(), {}};
        SU_TRY(send(what));
        SU_TRY(step(what, until(), m_stop,
                    [&] { http::async_read_header(m_socket, m_buffer, m_parser, handler()); }));
        if (m_ec)
            return Error{Errc::unreachable, "connection lost while " + what + ": " + m_ec.message(), {}};
        m_response.status = static_cast<int>(m_parser.get().result_int());
        m_response.content_type = std::string(m_parser.get()[http::field::content_type]);
        SU_TRY(receive(what, m_response.status / 100 == 2 ? sink : nullptr));
        return std::move(m_response);
    }

  private:
    [[nodiscard]] Clock::time_point until() const { return std::min(m_deadline, after(m_limits.idle)); }

    Result<void> send(const std::string& what) {
        const auto verb = http::string_to_verb(m_request.method);
        m_out = http::request<http::string_body>(verb, m_request.target, 11, m_request.body);
        m_out.set(http::field::host, k_host);
        m_out.set(http::field::user_agent, "safe-upgrade");
        m_out.set(http::field::accept, "application/json, */*");
        for (const auto& [name, value] : m_request.headers) m_out.set(name, value);
        m_out.prepare_payload();
        SU_TRY(step(what, until(), m_stop, [&] { http::async_write(m_socket, m_out, handler()); }));
        if (m_ec)
            return Error{Errc::unreachable, "connection lost while " + what + ": " + m_ec.message(), {}};
        return {};
    }

    Result<void> receive(const std::string& what, const BodySink& sink) {
        // without a length or chunks nothing could tell a whole body from a cut one
        if (m_parser.need_eof()) return Error{Errc::cut, "an answer without length on " + what, {}};
        while (!m_parser.is_done()) {
            m_parser.get().body().data = m_chunk.data();
            m_parser.get().body().size = m_chunk.size();
            m_parser.get().body().more = true;
            SU_TRY(step(what, until(), m_stop,
                        [&] { http::async_read_some(m_socket, m_buffer, m_parser, handler()); }));
            const std::string_view piece(m_chunk.data(), m_chunk.size() - m_parser.get().body().size);
            if (!piece.empty()) {
                if (sink) {
                    if (!sink(piece)) return {};
                } else if (m_response.body.size() + piece.size() > m_limits.max_body) {
                    return Error{Errc::invalid,
                                 "answer larger than " + human_bytes(m_limits.max_body) + " on " + what,
                                 {}};
                } else {
                    m_response.body += piece;
                }
            }
            if (m_ec && m_ec != http::error::need_buffer) {
                return Error{
                    Errc::cut, "connection lost in the middle of " + what + ": " + m_ec.message(), {}};
            }
        }
        return {};
    }

    const HttpRequest& m_request;
    const HttpLimits& m_limits;
    std::stop_token m_stop;
    Clock::time_point m_deadline;
    Unix::socket m_socket{m_io};
    beast::flat_buffer m_buffer{4U << 20};
    http::request<http::string_body> m_out;
    http::response_parser<http::buffer_body> m_parser;
    std::array<char, 65536> m_chunk{};
    HttpResponse m_response;
};

/// A socket whose failed writes do not end its reads. Beast gives up both ways at the first failed write, but
/// a command that ends without reading its input has its output and its status still on the way to us.
class HalfDeaf {
  public:
    using executor_type = Unix::socket::executor_type;
    explicit HalfDeaf(asio::io_context& io) : socket(io) {}
    executor_type get_executor() { return socket.get_executor(); }

    template <class Buffers, class Handler>
    auto async_read_some(const Buffers& buffers, Handler&& handler) {
        return socket.async_read_some(buffers, std::forward<Handler>(handler));
    }

    template <class Buffers, class Handler>
    auto async_write_some(const Buffers& buffers, Handler&& handler) {
        const auto start = [this](auto completion, const Buffers& bytes) {
            const std::size_t size = asio::buffer_size(bytes);
            auto note = [this, size, done = std::move(completion)](ErrorCode ec, std::size_t sent) mutable {
                if (ec) write_error = ec;
                std::move(done)(ErrorCode(), ec ? size : sent);
            };
            socket.async_write_some(bytes, std::move(note));
        };
        return asio::async_initiate<Handler, void(ErrorCode, std::size_t)>(start, handler, buffers);
    }

    Unix::socket socket;
    ErrorCode write_error;
};

// Beast's customisation points for a stream of its user's own.
void beast_close_socket(HalfDeaf& stream) {
    ErrorCode ignored;
    stream.socket.close(ignored);
}

template <class Handler>
void async_teardown(beast::role_type role, HalfDeaf& stream, Handler&& handler) {
    websocket::async_teardown(role, stream.socket, std::forward<Handler>(handler));
}

class BeastSocket final : public WebSocket, Steps {
  public:
    explicit BeastSocket(HttpDoor::IsLast is_last) : m_is_last(std::move(is_last)) {}
    ~BeastSocket() override {
        m_closing = true;
        ErrorCode ignored;
        m_stream.next_layer().socket.close(ignored);
        drain(m_io);
    }

    Result<HttpResponse> open(const std::string& path, const std::string& target, const std::string& protocol,
                              Clock::time_point deadline, const std::stop_token& stop) {
        const std::string what = "opening a WebSocket";
        SU_TRY(step(what, deadline, stop,
                    [&] { m_stream.next_layer().socket.async_connect(Unix::endpoint(path), handler()); }));
        if (m_ec) return Error{Errc::unreachable, "cannot reach the proxy: " + m_ec.message(), {}};
        m_stream.set_option(websocket::stream_base::decorator([protocol](websocket::request_type& request) {
            request.set(http::field::sec_websocket_protocol, protocol);
        }));
        m_stream.read_message_max(k_write_inbox);
        m_stream.binary(true);
        m_stream.auto_fragment(false);
        m_stream.write_buffer_bytes(64U << 10);  // one system call for each of our frames, not eight
        SU_TRY(step(what, deadline, stop,
                    [&] { m_stream.async_handshake(m_answer, k_host, target, handler()); }));
        HttpResponse response{static_cast<int>(m_answer.result_int()),
                              std::string(m_answer[http::field::content_type]), m_answer.body()};
        if (!m_ec && m_answer[http::field::sec_websocket_protocol] != protocol) {
            return Error{Errc::unsupported, "the server does not speak " + protocol, {}};
        }
        if (!m_ec || m_ec == websocket::error::upgrade_declined) return response;
        return Error{Errc::unreachable, "connection lost while " + what + ": " + m_ec.message(), {}};
    }

    [[nodiscard]] bool has_message() const override { return !m_inbox.empty(); }

    Result<std::string> read(milliseconds wait, std::stop_token stop) override {
        m_inbox_limit = k_read_inbox;
        arm_read();
        const auto ready = [this] { return !m_inbox.empty() || m_read_error; };
        const auto pumped = pump(m_io, ready, after(wait), stop);
        if (pumped != Pumped::done) return pump_error(pumped, "waiting for the pod");
        if (m_inbox.empty())
            return Error{Errc::cut, "the connection to the pod ended: " + m_read_error->message(), {}};
        std::string message = std::move(m_inbox.front());
        m_inbox.pop_front();
        m_inbox_bytes -= message.size();
        return message;
    }

    Result<void> write(std::string message, milliseconds wait, std::stop_token stop) override {
        m_inbox_limit = k_write_inbox;
        arm_read();
        // an earlier call may have been interrupted: its message is still on its way
        SU_TRY(finish_write(wait, stop));
        m_writing = true;
        m_message = std::move(message);
        m_stream.async_write(asio::buffer(m_message), [this](ErrorCode ec, std::size_t) {
            m_write_error = ec;
            m_writing = false;
        });
        return finish_write(wait, stop);
    }

  private:
    Result<void> finish_write(milliseconds wait, const std::stop_token& stop) {
        // A connection whose reads have ended takes no writes either, and does not always wake a blocked one.
        const auto over = [this] { return !m_writing || m_read_error || m_last_seen; };
        const auto pumped = pump(m_io, over, after(wait), stop);
        if (pumped != Pumped::done) return pump_error(pumped, "writing to the pod");
        ErrorCode ec = m_write_error ? m_write_error : m_stream.next_layer().write_error;
        if (!ec && m_read_error) ec = *m_read_error;
        if (!ec && m_last_seen) ec = asio::error::eof;
        if (ec) return Error{Errc::cut, "cannot write to the pod: " + ec.message(), {}};
        return {};
    }

    void arm_read() {
        if (m_reading || m_read_error || m_closing || m_inbox_bytes >= m_inbox_limit) return;
        m_reading = true;
        m_stream.async_read(m_buffer, [this](ErrorCode ec, std::size_t) {
            m_reading = false;
            if (ec) {
                m_read_error = ec;
                return;
            }
            m_inbox.push_back(beast::buffers_to_string(m_buffer.data()));
            m_inbox_bytes += m_inbox.back().size();
            m_last_seen = m_last_seen || m_is_last(m_inbox.back());
            m_buffer.consume(m_buffer.size());
            arm_read();
        });
    }

    websocket::stream<HalfDeaf> m_stream{m_io};
    websocket::response_type m_answer;
    beast::flat_buffer m_buffer;
    HttpDoor::IsLast m_is_last;
    std::deque<std::string> m_inbox;
    std::size_t m_inbox_bytes = 0;
    std::size_t m_inbox_limit = k_read_inbox;
    std::string m_message;
    ErrorCode m_write_error;
    std::optional<ErrorCode> m_read_error;
    bool m_reading = false;
    bool m_writing = false;
    bool m_closing = false;
    bool m_last_seen = false;
};

Error thrown(const std::exception& error) {
    return {Errc::io, std::string("cannot talk to the proxy: ") + error.what(), {}};
}

}  // namespace

Result<HttpResponse> HttpDoor::call(const HttpRequest& request, const HttpLimits& limits,
                                    std::stop_token stop, const BodySink& sink) const {
    try {
        Exchange exchange(request, limits, std::move(stop));
        return exchange.run(m_path, sink);
    } catch (const std::exception& error) {  // out of descriptors or memory
        return thrown(error);
    }
}

Result<HttpDoor::Upgrade> HttpDoor::web_socket(const std::string& target, const std::string& protocol,
                                               IsLast is_last, milliseconds deadline,
                                               std::stop_token stop) const {
    try {
        auto socket = std::make_unique<BeastSocket>(std::move(is_last));
        SU_ASSIGN(auto response, socket->open(m_path, target, protocol, after(deadline), stop));
        Upgrade upgrade;
        if (response.status == 101) {
            upgrade.socket = std::move(socket);
        } else {
            upgrade.refusal = std::move(response);
        }
        return upgrade;
    } catch (const std::exception& error) {
        return thrown(error);
    }
}

}  // namespace su
