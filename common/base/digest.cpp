// SPDX-License-Identifier: Apache-2.0
#include "base/digest.hpp"

#include "base/fd.hpp"
#include "base/file.hpp"

#include <nettle/sha2.h>
#include <zlib.h>

#include <fcntl.h>

#include <array>
#include <cerrno>

namespace su {

struct Sha256::State {
    sha256_ctx context{};
};

Sha256::Sha256() : m_state(std::make_unique<State>()) {
    sha256_init(&m_state->context);
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
    sha256_update(&m_state->context, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

std::string Sha256::hex() {
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
    sha256_digest(&m_state->context, digest.size(), digest.data());
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const std::uint8_t byte : digest) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::string sha256_hex(std::string_view bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.hex();
}

Result<FileDigest> digest_file(const std::filesystem::path& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return errno_error("cannot open " + path.string());
    Sha256 hash;
    FileDigest digest;
    std::string chunk(1 << 18, '\0');
    while (true) {
        const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error("cannot read " + path.string());
        if (got == 0) break;
        hash.update({chunk.data(), static_cast<std::size_t>(got)});
        digest.length += static_cast<std::uint64_t>(got);
    }
    digest.sha256 = hash.hex();
    return digest;
}

std::string gzip(std::string_view bytes) {
    z_stream stream{};
    deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
                 Z_DEFAULT_STRATEGY);  // +16: gzip format
    std::string out(deflateBound(&stream, bytes.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

Result<std::string> gunzip(std::string_view bytes, std::uint64_t max_bytes) {
    std::string out;
    Gunzip unpacker([&](std::string_view part) -> Result<void> {
        if (out.size() + part.size() > max_bytes)
            return Error{Errc::invalid, "unpacked data is too large", {}};
        out += part;
        return {};
    });
    SU_TRY(unpacker.feed(bytes));
    SU_TRY(unpacker.finish());
    return out;
}

struct Gunzip::State {
    Sink sink;
    z_stream stream{};
    bool between_members = false;
    std::string buffer = std::string(1 << 17, '\0');
};

Gunzip::Gunzip(Sink sink) : m_state(std::make_unique<State>()) {
    m_state->sink = std::move(sink);
    inflateInit2(&m_state->stream, 15 + 16);
}
Gunzip::Gunzip(Gunzip&&) noexcept = default;
Gunzip::~Gunzip() {
    if (m_state) inflateEnd(&m_state->stream);
}

Result<void> Gunzip::feed(std::string_view bytes) {
    auto& stream = m_state->stream;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    do {
        if (m_state->between_members) {
            if (stream.avail_in == 0) return {};
            inflateReset(&stream);
            m_state->between_members = false;
        }
        stream.next_out = reinterpret_cast<Bytef*>(m_state->buffer.data());
        stream.avail_out = static_cast<uInt>(m_state->buffer.size());
        const int code = inflate(&stream, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
            return Error{Errc::corrupt, "gzip data is damaged", {}};
        }
        const std::size_t made = m_state->buffer.size() - stream.avail_out;
        if (made > 0) SU_TRY(m_state->sink(std::string_view(m_state->buffer.data(), made)));
        m_state->between_members = code == Z_STREAM_END;
        if (code == Z_BUF_ERROR && made == 0) return {};
    } while (stream.avail_in > 0 || stream.avail_out == 0);
    return {};
}

Result<void> Gunzip::finish() {
    if (m_state->between_members) return {};
    return Error{Errc::corrupt, "gzip data ends before its end", {}};
}

}  // namespace su
