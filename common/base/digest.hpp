// SPDX-License-Identifier: Apache-2.0
// SHA-256 (nettle) and gzip (zlib), in constant memory.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace su {

class Sha256 {
  public:
    Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    ~Sha256();
    void update(std::string_view bytes);
    std::string hex();  ///< 64 lower-case digits; resets the state

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

std::string sha256_hex(std::string_view bytes);

struct FileDigest {
    std::uint64_t length = 0;
    std::string sha256;
};
Result<FileDigest> digest_file(const std::filesystem::path& path);

std::string gzip(std::string_view bytes);
/// Errors: corrupt; invalid when the result would exceed `max_bytes` (release payloads are small, bombs are
/// not).
Result<std::string> gunzip(std::string_view bytes, std::uint64_t max_bytes = 256ULL << 20);

/// Unpacks a gzip stream piece by piece; CRC and length of every member are checked (RFC 1952).
class Gunzip {
  public:
    using Sink = std::function<Result<void>(std::string_view)>;
    explicit Gunzip(Sink sink);
    Gunzip(Gunzip&&) noexcept;
    ~Gunzip();
    Result<void> feed(std::string_view bytes);  ///< errors: corrupt, or the sink's
    Result<void> finish();                      ///< corrupt when the stream has not come to its proper end

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace su
