// SPDX-License-Identifier: Apache-2.0
#include "backup/receive.hpp"

#include "base/text.hpp"

namespace su {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds k_progress_every{100};

class Receiver {
  public:
    Receiver(ExecSession& session, const ReceiveRequest& request, AtomicFile& file,
             const OnProgress& progress, std::stop_token stop)
        : m_session(session),
          m_request(request),
          m_file(file),
          m_progress(progress),
          m_stop(std::move(stop)) {}
    Result<Received> run();

  private:
    Result<void> take(const ExecSession::Chunk& chunk);
    Result<void> take_data(const std::string& data);
    [[nodiscard]] Error ended_early(const ExecSession::Chunk& status) const;
    [[nodiscard]] Error connection_error(const Error& error) const;
    Result<std::uint64_t> announced_length() const;
    Result<void> acknowledge();
    Result<StreamDigest> compare();
    void tell(bool last);

    ExecSession& m_session;
    const ReceiveRequest& m_request;
    AtomicFile& m_file;
    const OnProgress& m_progress;
    std::stop_token m_stop;
    StreamCheck m_check{true};
    TrailerReader m_trailer;
    Clock::time_point m_data_at = Clock::now();
    Clock::time_point m_told_at{};
};

void Receiver::tell(bool last) {
    if (!m_progress || (!last && Clock::now() - m_told_at < k_progress_every)) return;
    m_told_at = Clock::now();
    m_progress({m_check.length(), m_check.raw_length(), m_request.expected});
}

Result<void> Receiver::take_data(const std::string& data) {
    if (m_check.length() == 0 && m_request.on_first_byte) m_request.on_first_byte();
    m_data_at = Clock::now();
    if (auto fed = m_check.feed(data); !fed) return fed.error().context(m_request.what);
    SU_TRY(m_file.write(data));
    tell(false);
    return {};
}

/// The shell ended although it waits for us: it never started, a tool is missing, or it was killed.
Error Receiver::ended_early(const ExecSession::Chunk& status) const {
    if (auto failure = m_trailer.failure(m_trailer.complete() ? m_request.stages : std::vector<std::string>{},
                                         m_request.what)) {
        return *failure;
    }
    const std::string words = status.message.empty() ? m_trailer.said() : printable(status.message);
    if (status.exit_code < 0 || status.exit_code == 126 || status.exit_code == 127) {
        return {Errc::unsupported, m_request.what + ": the container cannot run the script: " + words, {}};
    }
    return {Errc::cut,
            m_request.what + ": the remote shell ended (" + std::to_string(status.exit_code) +
                ") before it had told the length" + (words.empty() ? "" : ": " + words),
            {}};
}

Error Receiver::connection_error(const Error& error) const {
    const std::string after = " after " + human_bytes(m_check.length());
    return error.context(m_request.what + after);
}

Result<std::uint64_t> Receiver::announced_length() const {
    const auto length = parse_int(m_trailer.value("gz_len"));
    if (!length || *length < 0) return Error{Errc::invalid, m_request.what + ": the pod told no length", {}};
    return static_cast<std::uint64_t>(*length);
}

Result<void> Receiver::take(const ExecSession::Chunk& chunk) {
    switch (chunk.channel) {
        case ExecSession::Channel::out:
            return take_data(chunk.data);
        case ExecSession::Channel::err:
            return m_trailer.feed(chunk.data);
        case ExecSession::Channel::status:
            return ended_early(chunk);
    }
    return {};
}

Result<StreamDigest> Receiver::compare() {
    auto digest = m_check.finish();
    if (!digest) return digest.error().context(m_request.what);
    if (digest->raw_length == 0) return Error{Errc::corrupt, m_request.what + ": the dump is empty", {}};
    const auto equal = [&](const std::string& key, const std::string& ours) -> Result<void> {
        if (m_trailer.value(key) == ours) return {};
        return Error{Errc::corrupt,
                     m_request.what + ": " + key + " is " + ours + " here and " +
                         printable(m_trailer.value(key)) + " in the pod",
                     {}};
    };
    SU_TRY(equal("gz_len", std::to_string(digest->length)));
    SU_TRY(equal("gz_sha", digest->sha256));
    SU_TRY(equal("raw_len", std::to_string(digest->raw_length)));
    SU_TRY(equal("raw_sha", digest->raw_sha256));
    return digest;
}

// The stream is proven by its content. The ACK only lets the shell go; whether its goodbye reaches us proves
// nothing more.
Result<void> Receiver::acknowledge() {
    if (auto sent = m_session.write("ACK\n", m_stop); !sent) return {};
    while (true) {
        const auto chunk = m_session.next(m_stop, std::chrono::seconds{10});
        if (!chunk || chunk->channel == ExecSession::Channel::status) return {};
        if (chunk->channel == ExecSession::Channel::out && !chunk->data.empty()) {
            return Error{Errc::corrupt, m_request.what + ": more bytes came than the pod had announced", {}};
        }
    }
}

Result<Received> Receiver::run() {
    std::optional<std::uint64_t> announced;
    while (!announced || m_check.length() < *announced) {
        if (m_request.give_up && m_request.give_up())
            return Error{Errc::cancelled, m_request.what + " was given up", {}};
        if (Clock::now() - m_data_at > m_request.stall) {
            return Error{Errc::timed_out,
                         m_request.what + ": no data for " +
                             human_duration(std::chrono::duration_cast<milliseconds>(m_request.stall)),
                         {}};
        }
        auto chunk = m_session.next(m_stop, m_request.exec.idle);
        if (!chunk) return connection_error(chunk.error());
        SU_TRY(take(*chunk));
        if (m_trailer.complete() && !announced) {
            if (auto failure = m_trailer.failure(m_request.stages, m_request.what)) return *failure;
            SU_ASSIGN(announced, announced_length());
        }
        if (announced && m_check.length() > *announced) {
            return Error{Errc::corrupt, m_request.what + ": more bytes came than the pod had announced", {}};
        }
    }
    SU_ASSIGN(auto digest, compare());
    SU_TRY(acknowledge());
    tell(true);
    return Received{std::move(digest), m_trailer.contents()};
}

}  // namespace

Result<Received> receive_stream(ExecSession& session, const ReceiveRequest& request, AtomicFile& file,
                                const OnProgress& progress, std::stop_token stop) {
    return Receiver(session, request, file, progress, std::move(stop)).run();
}

Result<Received> receive_stream(ClusterReader& reader, const ReceiveRequest& request, AtomicFile& file,
                                const OnProgress& progress, std::stop_token stop) {
    SU_ASSIGN(const auto session, reader.open_exec(request.exec, stop));
    return receive_stream(*session, request, file, progress, std::move(stop));
}

}  // namespace su
