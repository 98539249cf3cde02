// SPDX-License-Identifier: Apache-2.0
#include "backup/postgres.hpp"
#include "backup/stream_check.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace su {

StreamCheck::StreamCheck(bool packed) {
    if (!packed) return;
    m_gunzip.emplace([this](std::string_view bytes) -> Result<void> {
        m_raw_sha.update(bytes);
        m_raw_length += bytes.size();
        return {};
    });
}

Result<void> StreamCheck::feed(std::string_view bytes) {
    m_sha.update(bytes);
    m_length += bytes.size();
    return m_gunzip ? m_gunzip->feed(bytes) : Result<void>();
}

Result<StreamDigest> StreamCheck::finish() {
    if (m_gunzip) SU_TRY(m_gunzip->finish());
    StreamDigest digest{m_length, m_sha.hex(), m_raw_length, {}};
    if (m_gunzip) digest.raw_sha256 = m_raw_sha.hex();
    return digest;
}

Result<StreamDigest> check_file_stream(const fs::path& path, bool packed, std::stop_token stop) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) return errno_error("cannot open " + path.string());
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return errno_error("cannot read " + path.string());
    if (!S_ISREG(info.st_mode)) return Error{Errc::invalid, path.string() + " is no regular file", {}};
    StreamCheck check(packed);
    std::string chunk(1 << 17, '\0');
    while (true) {
        if (stop.stop_requested())
            return Error{Errc::cancelled, "reading " + path.string() + " was stopped", {}};
        const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error("cannot read " + path.string());
        if (got == 0) break;
        if (auto fed = check.feed(std::string_view(chunk).substr(0, static_cast<std::size_t>(got))); !fed) {
            return fed.error().context(path.string());
        }
    }
    auto digest = check.finish();
    return digest ? digest : Result<StreamDigest>(digest.error().context(path.string()));
}

Result<void> verify_artifact(const fs::path& folder, const Artifact& artifact, std::stop_token stop) {
    if (contains(artifact.file, "/"))
        return Error{Errc::invalid, "'" + printable(artifact.file) + "' is no file name", {}};
    const fs::path path = folder / artifact.file;
    const bool packed = artifact.file.ends_with(".gz");
    SU_ASSIGN(const auto digest, check_file_stream(path, packed, std::move(stop)));
    const auto differs = [&](const std::string& what, const std::string& is, const std::string& should) {
        return Error{Errc::corrupt,
                     path.string() + ": " + what + " is " + is + ", the manifest says " + should,
                     "this copy cannot be restored; take another backup"};
    };
    if (digest.length != artifact.length) {
        return differs("length", std::to_string(digest.length), std::to_string(artifact.length));
    }
    if (digest.sha256 != artifact.sha256) return differs("sha256", digest.sha256, artifact.sha256);
    if (artifact.kind != "postgres") return {};
    const auto raw_length = static_cast<std::uint64_t>(int_at(artifact.facts, {"raw_length"}, -1));
    const std::string raw_sha = text_at(artifact.facts, {"raw_sha256"});
    if (digest.raw_length != raw_length) {
        return differs("unpacked length", std::to_string(digest.raw_length), std::to_string(raw_length));
    }
    if (digest.raw_sha256 != raw_sha)
        return differs("unpacked sha256", digest.raw_sha256, printable(raw_sha));
    return {};
}

}  // namespace su
