// SPDX-License-Identifier: Apache-2.0
// Files that hold what must not be lost or seen: 0600, written beside and renamed, fsynced.
#pragma once

#include "base/fd.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace su {

namespace fs = std::filesystem;

/// Whole file, at most `max_bytes`. Errors: not_found, forbidden, io (also when larger).
Result<std::string> read_file(const fs::path& path, std::uint64_t max_bytes = 256ULL << 20);

/// Creates the folder and its missing parents with mode 0700. An existing folder is left as it is.
Result<void> make_private_dir(const fs::path& path);

/// A file that appears under its name only by commit(): written as "NAME.partial" (0600, O_EXCL), fsynced,
/// renamed, folder fsynced. The destructor without commit removes the partial file: it never publishes.
class AtomicFile {
  public:
    static Result<AtomicFile> create(const fs::path& path);
    AtomicFile(AtomicFile&& other) noexcept;
    AtomicFile& operator=(AtomicFile&&) = delete;
    ~AtomicFile();

    /// Errors: no_space, io. After an error the file can only be dropped.
    Result<void> write(std::string_view bytes);
    /// Never overwrites: an existing file of that name is a conflict unless `replace`.
    Result<void> commit(bool replace = false);
    [[nodiscard]] std::uint64_t size() const { return m_size; }
    [[nodiscard]] const fs::path& partial_path() const { return m_partial; }

  private:
    AtomicFile(fs::path path, fs::path partial, Fd fd);
    fs::path m_path;
    fs::path m_partial;
    Fd m_fd;
    std::uint64_t m_size = 0;
};

/// AtomicFile in one call; replaces an existing file.
Result<void> write_file(const fs::path& path, std::string_view bytes);

/// A private temporary folder (0700) under $XDG_RUNTIME_DIR or the system's, removed with all in it at the
/// end.
class TempDir {
  public:
    static Result<TempDir> create();
    TempDir(TempDir&& other) noexcept;
    TempDir& operator=(TempDir&&) = delete;
    ~TempDir();
    [[nodiscard]] const fs::path& path() const { return m_path; }

  private:
    explicit TempDir(fs::path path) : m_path(std::move(path)) {}
    fs::path m_path;
};

/// Where our own files live: $XDG_STATE_HOME/safe-upgrade (journal) and $XDG_DATA_HOME/safe-upgrade
/// (backups), with the XDG base directory specification's defaults under $HOME.
Result<fs::path> state_dir();
Result<fs::path> data_dir();

/// Bytes free for this user on the file system that holds `path` (or its nearest existing parent).
Result<std::uint64_t> free_bytes(const fs::path& path);

/// "errno text" as an Error with the right code (no_space, forbidden, not_found, io).
Error errno_error(const std::string& what);

}  // namespace su
