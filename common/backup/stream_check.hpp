// SPDX-License-Identifier: Apache-2.0
// What a stream of bytes turned out to be: length and SHA-256, and of its unpacked form too. Constant memory.
#pragma once

#include "base/digest.hpp"
#include "base/file.hpp"

#include <optional>
#include <stop_token>

namespace su {

struct StreamDigest {
    std::uint64_t length = 0;
    std::string sha256;
    std::uint64_t raw_length = 0;  ///< unpacked
    std::string raw_sha256;
};

/// Not movable: the unpacker writes into it.
class StreamCheck {
  public:
    explicit StreamCheck(bool packed);
    StreamCheck(const StreamCheck&) = delete;
    StreamCheck& operator=(const StreamCheck&) = delete;
    Result<void> feed(std::string_view bytes);  ///< errors: corrupt
    Result<StreamDigest> finish();
    [[nodiscard]] std::uint64_t length() const { return m_length; }
    [[nodiscard]] std::uint64_t raw_length() const { return m_raw_length; }

  private:
    Sha256 m_sha;
    Sha256 m_raw_sha;
    std::uint64_t m_length = 0;
    std::uint64_t m_raw_length = 0;
    std::optional<Gunzip> m_gunzip;
};

/// A whole file, links refused.
Result<StreamDigest> check_file_stream(const fs::path& path, bool packed, std::stop_token stop);

}  // namespace su
