// SPDX-License-Identifier: Apache-2.0
// Commands in containers over v5.channel.k8s.io: each message is one channel byte and data (kubernetes
// KEP-4006).
#include "base/text.hpp"
#include "cluster/api.hpp"

namespace su {

namespace {

using std::chrono::milliseconds;
using Chunk = ExecSession::Chunk;

constexpr const char* k_protocol = "v5.channel.k8s.io";
constexpr milliseconds k_open{30'000};
constexpr std::size_t k_frame = 32 << 10;  // as kubectl; the API server's reader takes no larger ones gladly
constexpr std::size_t k_query_cap = 16 << 20;

enum Wire : unsigned char { k_stdin = 0, k_stdout = 1, k_stderr = 2, k_status = 3, k_close = 255 };

/// The status frame: {"status":"Success"} or a Failure whose causes hold the exit code.
Result<Chunk> read_status(std::string_view text) {
    SU_ASSIGN(const Json status, parse_json(text, "the status of the remote command"));
    Chunk chunk;
    chunk.channel = ExecSession::Channel::status;
    if (text_at(status, {"status"}) == "Success") return chunk;
    chunk.exit_code = -1;
    chunk.message = printable(text_at(status, {"message"}));
    if (text_at(status, {"reason"}) != "NonZeroExitCode") return chunk;
    for (const auto& cause : list_at(status, {"details", "causes"})) {
        if (text_at(cause, {"reason"}) != "ExitCode") continue;
        if (const auto code = parse_int(text_at(cause, {"message"})))
            chunk.exit_code = static_cast<int>(*code);
    }
    return chunk;
}

class WebSocketExec final : public ExecSession {
  public:
    WebSocketExec(std::unique_ptr<WebSocket> socket, milliseconds idle)
        : m_socket(std::move(socket)), m_idle(idle) {}

    Result<Chunk> next(std::stop_token stop, milliseconds wait) override {
        if (m_ended) return Error{Errc::cut, "the remote command has already ended", {}};
        const milliseconds limit = wait.count() > 0 ? wait : m_idle;
        for (;;) {
            auto message = m_socket->read(limit, stop);
            if (!message) return message.error();
            // the server opens every channel with an empty message
            if (message->size() < 2) continue;
            const auto channel = static_cast<unsigned char>(message->front());
            if (channel == k_status) {
                m_ended = true;
                return read_status(std::string_view(*message).substr(1));
            }
            if (channel != k_stdout && channel != k_stderr) continue;
            Chunk chunk;
            chunk.channel = channel == k_stdout ? Channel::out : Channel::err;
            chunk.data = std::move(*message);
            chunk.data.erase(0, 1);
            return chunk;
        }
    }

    Result<void> write(std::string_view bytes, std::stop_token stop) override {
        while (!bytes.empty()) {
            const auto piece = bytes.substr(0, k_frame);
            std::string message(1, static_cast<char>(k_stdin));
            message += piece;
            SU_TRY(m_socket->write(std::move(message), m_idle, stop));
            bytes.remove_prefix(piece.size());
        }
        return {};
    }

    Result<void> close_stdin(std::stop_token stop) override {
        const std::string message{static_cast<char>(k_close), static_cast<char>(k_stdin)};
        return m_socket->write(message, m_idle, stop);
    }

    [[nodiscard]] bool has_chunk() const { return !m_ended && m_socket->has_message(); }

  private:
    std::unique_ptr<WebSocket> m_socket;
    milliseconds m_idle;
    bool m_ended = false;
};

std::string exec_target(const ExecRequest& request, const std::string& container) {
    std::string target = api_path("v1", "pods", request.where.name_space, request.where.pod) +
                         "/exec?stdout=true&stderr=true&container=" + url_encode(container);
    if (request.with_stdin) target += "&stdin=true";
    for (const auto& word : request.argv) target += "&command=" + url_encode(word);
    return target;
}

std::string place(const ExecRequest& request) {
    return request.where.name_space + "/" + request.where.pod;
}

/// Why the server did not switch to WebSocket.
Error refusal_error(const HttpResponse& refusal, const ExecRequest& request) {
    const std::string what = "cannot run " + printable(request.argv.front()) + " in " + place(request);
    const bool no_web_socket = contains(refusal.body, "pgrade") && refusal.status == 400;
    if (refusal.status / 100 == 2 || refusal.status == 405 || no_web_socket) {
        Error error = status_error(refusal, what + ": no exec over WebSocket (" + k_protocol +
                                                "), HTTP status " + std::to_string(refusal.status));
        error.code = Errc::unsupported;
        error.hint = "Kubernetes 1.30 or newer is needed, and no load balancer in front that drops WebSocket";
        return error;
    }
    return status_error(refusal, what);
}

/// The runtime could not run the command at all.
Error not_run_error(const std::string& message, const ExecRequest& request) {
    const std::string what = "cannot run " + printable(request.argv.front()) + " in " + place(request) + ": ";
    for (const char* words :
         {"executable file not found", "no such file or directory", "permission denied"}) {
        if (contains(message, words)) return {Errc::unsupported, what + message, {}};
    }
    for (const char* words : {"container not found", "not found in pod", "NotFound"}) {
        if (contains(message, words)) return {Errc::not_found, what + message, {}};
    }
    return {Errc::cut, what + message, {}};
}

void keep(std::string& store, std::string_view data, bool& truncated) {
    const auto room = k_query_cap - std::min(k_query_cap, store.size());
    truncated = truncated || data.size() > room;
    store += data.substr(0, room);
}

}  // namespace

Result<std::unique_ptr<ExecSession>> ClusterApi::open_exec(const ExecRequest& request, std::stop_token stop) {
    if (request.argv.empty()) return Error{Errc::internal, "a remote command without words", {}};
    SU_ASSIGN(const std::string container, container_of(request.where, stop));
    const auto is_status = [](std::string_view message) {
        return !message.empty() && message.front() == k_status;
    };
    SU_ASSIGN(auto upgrade,
              m_door.web_socket(exec_target(request, container), k_protocol, is_status, k_open, stop));
    if (!upgrade.socket) return refusal_error(upgrade.refusal, request);
    return std::unique_ptr<ExecSession>(
        std::make_unique<WebSocketExec>(std::move(upgrade.socket), request.idle));
}

Result<ExecOutput> ClusterApi::exec_query(const ExecRequest& request, std::string_view input,
                                          std::stop_token stop) {
    SU_ASSIGN(const auto opened, open_exec(request, stop));
    auto& session = static_cast<WebSocketExec&>(*opened);
    ExecOutput output;
    const auto take = [&output](const Chunk& chunk) {
        keep(chunk.channel == ExecSession::Channel::out ? output.out : output.err, chunk.data,
             output.truncated);
    };
    // A command may end before it has read all of its input: then its status counts, not the failed write.
    bool writable = request.with_stdin;
    for (;;) {
        if (writable && !session.has_chunk()) {
            const auto piece = input.substr(0, k_frame);
            input.remove_prefix(piece.size());
            const auto written = piece.empty() ? session.close_stdin(stop) : session.write(piece, stop);
            if (!written && written.error().code != Errc::cut) return written.error();
            writable = written.has_value() && !piece.empty();
            continue;
        }
        // what has come may be an empty message: no reason to wait while there is input to write
        auto chunk = session.next(stop, writable ? milliseconds{1} : milliseconds{0});
        if (!chunk && chunk.error().code == Errc::timed_out && writable) continue;
        if (!chunk)
            return chunk.error().context("running " + printable(request.argv.front()) + " in " +
                                         place(request));
        if (chunk->channel != ExecSession::Channel::status) {
            take(*chunk);
            continue;
        }
        if (chunk->exit_code == -1) return not_run_error(chunk->message, request);
        output.exit_code = chunk->exit_code;
        return output;
    }
}

}  // namespace su
