// SPDX-License-Identifier: Apache-2.0
#include "backup/send.hpp"

#include "backup/scripts.hpp"
#include "backup/trailer.hpp"
#include "base/text.hpp"
#include "database/tool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace su {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds k_write_idle =
    std::chrono::minutes{10};                    // pg_restore may think long before it reads on
constexpr milliseconds k_silence = seconds{60};  // heartbeats come every 10 s
constexpr milliseconds k_progress_every{100};

class Sender {
  public:
    Sender(ExecSession& session, std::string what, const Artifact& artifact, const OnProgress& progress,
           std::stop_token stop)
        : m_session(session),
          m_what(std::move(what)),
          m_artifact(artifact),
          m_progress(progress),
          m_stop(std::move(stop)) {}
    Result<void> run(const fs::path& path);

  private:
    Result<void> send(const fs::path& path);
    /// Reads until the trailer is there, or the shell has ended.
    Result<void> read_trailer(milliseconds wait);
    Result<void> judge() const;

    ExecSession& m_session;
    std::string m_what;
    const Artifact& m_artifact;
    const OnProgress& m_progress;
    std::stop_token m_stop;
    TrailerReader m_trailer;
};

Result<void> Sender::send(const fs::path& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) return errno_error("cannot open " + path.string());
    std::string chunk(1 << 16, '\0');
    std::uint64_t sent = 0;
    auto told = std::chrono::steady_clock::now();
    while (sent < m_artifact.length) {
        const ssize_t got =
            ::read(fd.get(), chunk.data(), std::min<std::uint64_t>(chunk.size(), m_artifact.length - sent));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error("cannot read " + path.string());
        if (got == 0) return Error{Errc::corrupt, path.string() + " became shorter", {}};
        SU_TRY(m_session.write(std::string_view(chunk).substr(0, static_cast<std::size_t>(got)), m_stop));
        sent += static_cast<std::uint64_t>(got);
        const bool due = std::chrono::steady_clock::now() - told > k_progress_every;
        if (m_progress && (due || sent == m_artifact.length)) {
            told = std::chrono::steady_clock::now();
            const auto raw = static_cast<std::uint64_t>(int_at(m_artifact.facts, {"raw_length"}));
            m_progress({sent, m_artifact.length == 0 ? 0 : raw * sent / m_artifact.length, raw});
        }
    }
    return {};
}

Result<void> Sender::read_trailer(milliseconds wait) {
    while (!m_trailer.complete()) {
        auto chunk = m_session.next(m_stop, wait);
        if (!chunk) return chunk.error().context(m_what);
        if (chunk->channel == ExecSession::Channel::err) SU_TRY(m_trailer.feed(chunk->data));
        if (chunk->channel != ExecSession::Channel::status) continue;
        if (m_trailer.complete()) return {};
        const std::string words = chunk->message.empty() ? m_trailer.said() : printable(chunk->message);
        const bool no_script = chunk->exit_code < 0 || chunk->exit_code == 126 || chunk->exit_code == 127;
        return Error{no_script ? Errc::unsupported : Errc::cut,
                     m_what + ": the remote shell ended (" + std::to_string(chunk->exit_code) +
                         ") without its report" + (words.empty() ? "" : ": " + words),
                     {}};
    }
    return {};
}

Result<void> Sender::judge() const {
    if (auto failure = m_trailer.failure(k_restore_stages, m_what)) return *failure;
    if (m_trailer.value("gz_len") != std::to_string(m_artifact.length) ||
        m_trailer.value("gz_sha") != m_artifact.sha256) {
        return Error{Errc::corrupt,
                     m_what + ": the pod received " + printable(m_trailer.value("gz_len")) +
                         " bytes with sha256 " + printable(m_trailer.value("gz_sha")) + ", sent were " +
                         std::to_string(m_artifact.length) + " with " + m_artifact.sha256,
                     {}};
    }
    return {};
}

Result<void> Sender::run(const fs::path& path) {
    if (auto sent = send(path); !sent) {
        // our own file, or Ctrl-C: the pod has nothing to add
        if (sent.error().code != Errc::cut && sent.error().code != Errc::timed_out)
            return sent.error().context(m_what);
        // pg_restore may have ended with a reason that is already on its way
        if (read_trailer(seconds{5}) && m_trailer.complete()) SU_TRY(judge());
        return sent.error().context(m_what);
    }
    SU_TRY(read_trailer(k_silence));
    SU_TRY(judge());
    if (m_session.write("ACK\n", m_stop)) {
        // its goodbye proves nothing more; the counts that follow do
        for (auto chunk = m_session.next(m_stop, seconds{10});
             chunk && chunk->channel != ExecSession::Channel::status;) {
            chunk = m_session.next(m_stop, seconds{10});
        }
    }
    return {};
}

/// pg_restore takes -d as a connection string when it looks like one, so it always gets one.
std::string dbname_argument(const std::string& name) {
    return "dbname='" + replace_all(replace_all(name, "\\", "\\\\"), "'", "\\'") + "'";
}

}  // namespace

Result<void> send_dump(ClusterReader& reader, const Database& db, const std::string& name,
                       const fs::path& folder, const Artifact& artifact, const OnProgress& progress,
                       std::stop_token stop) {
    const std::vector<std::string> args{"-w", "--exit-on-error", "-d", dbname_argument(name)};
    ExecRequest request{db.exec_in, restore_argv(db, name, artifact.length, args), true, k_write_idle};
    SU_ASSIGN(const auto session, reader.open_exec(request, stop));
    return Sender(*session, "restore into " + where_text(db, name), artifact, progress, stop)
        .run(folder / artifact.file);
}

}  // namespace su
