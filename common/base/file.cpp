// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace su {

Error errno_error(const std::string& what) {
    const int number = errno;
    Errc code = Errc::io;
    if (number == ENOSPC || number == EDQUOT) code = Errc::no_space;
    if (number == EACCES || number == EPERM || number == EROFS) code = Errc::forbidden;
    if (number == ENOENT) code = Errc::not_found;
    if (number == EEXIST) code = Errc::conflict;
    return {code, what + ": " + std::strerror(number), {}};
}

Result<std::string> read_file(const fs::path& path, std::uint64_t max_bytes) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return errno_error("cannot open " + path.string());
    std::string text;
    std::string chunk(1 << 16, '\0');
    while (true) {
        const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error("cannot read " + path.string());
        if (got == 0) return text;
        text.append(chunk, 0, static_cast<std::size_t>(got));
        if (text.size() > max_bytes) {
            return Error{
                Errc::io, path.string() + " is larger than " + std::to_string(max_bytes) + " bytes", {}};
        }
    }
}

Result<void> make_private_dir(const fs::path& path) {
    if (path.empty()) return Error{Errc::usage, "an empty folder name", {}};
    if (fs::is_directory(path)) return {};
    if (path.has_parent_path() && path.parent_path() != path) SU_TRY(make_private_dir(path.parent_path()));
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        return errno_error("cannot make folder " + path.string());
    return {};
}

namespace {

Result<void> sync_dir(const fs::path& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0) return errno_error("cannot sync folder " + path.string());
    return {};
}

}  // namespace

AtomicFile::AtomicFile(fs::path path, fs::path partial, Fd fd)
    : m_path(std::move(path)), m_partial(std::move(partial)), m_fd(std::move(fd)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : m_path(std::move(other.m_path)),
      m_partial(std::exchange(other.m_partial, {})),
      m_fd(std::move(other.m_fd)),
      m_size(other.m_size) {}

AtomicFile::~AtomicFile() {
    if (!m_partial.empty()) ::unlink(m_partial.c_str());
}

Result<AtomicFile> AtomicFile::create(const fs::path& path) {
    fs::path partial = path;
    partial += ".partial";
    ::unlink(partial.c_str());  // left by a killed run; nobody reads partial files
    Fd fd(::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return errno_error("cannot create " + partial.string());
    return AtomicFile(path, std::move(partial), std::move(fd));
}

Result<void> AtomicFile::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(m_fd.get(), bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return errno_error("cannot write " + m_partial.string());
        m_size += static_cast<std::uint64_t>(done);
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return {};
}

Result<void> AtomicFile::commit(bool replace) {
    if (::fsync(m_fd.get()) != 0) return errno_error("cannot sync " + m_partial.string());
    if (!replace && fs::exists(m_path)) {
        return Error{Errc::conflict, m_path.string() + " exists already and is never overwritten", {}};
    }
    if (::rename(m_partial.c_str(), m_path.c_str()) != 0)
        return errno_error("cannot rename " + m_partial.string());
    m_partial.clear();
    return sync_dir(m_path.has_parent_path() ? m_path.parent_path() : fs::path("."));
}

Result<void> write_file(const fs::path& path, std::string_view bytes) {
    auto file = AtomicFile::create(path);
    if (!file) return file.error();
    SU_TRY(file->write(bytes));
    return file->commit(true);
}

TempDir::TempDir(TempDir&& other) noexcept : m_path(std::exchange(other.m_path, {})) {}

TempDir::~TempDir() {
    std::error_code
        ignored;  // a destructor has nobody to tell; the folder is private and in a temporary place
    if (!m_path.empty()) fs::remove_all(m_path, ignored);
}

Result<TempDir> TempDir::create() {
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    const char* tmp = std::getenv("TMPDIR");
    const bool has_runtime = runtime != nullptr && ::access(runtime, W_OK | X_OK) == 0;
    std::string pattern = std::string(has_runtime ? runtime : tmp != nullptr ? tmp : "/tmp") + "/su-XXXXXX";
    // a unix socket's path must stay under 108 bytes (sun_path, unix(7))
    if (pattern.size() > 80) pattern = "/tmp/su-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) return errno_error("cannot make a temporary folder " + pattern);
    return TempDir(pattern);
}

namespace {

Result<fs::path> xdg_dir(const char* variable, const char* fallback) {
    if (const char* value = std::getenv(variable); value != nullptr && value[0] == '/') {
        return fs::path(value) / "safe-upgrade";
    }
    const char* home = std::getenv("HOME");
    if (home == nullptr || home[0] != '/') {
        return Error{Errc::usage, "neither " + std::string(variable) + " nor HOME names a folder",
                     "set HOME, or give --backup-dir"};
    }
    return fs::path(home) / fallback / "safe-upgrade";
}

}  // namespace

Result<fs::path> state_dir() {
    return xdg_dir("XDG_STATE_HOME", ".local/state");
}
Result<fs::path> data_dir() {
    return xdg_dir("XDG_DATA_HOME", ".local/share");
}

Result<std::uint64_t> free_bytes(const fs::path& path) {
    fs::path at = path;
    while (!at.empty() && !fs::exists(at) && at != at.parent_path()) at = at.parent_path();
    struct statvfs info {};
    if (::statvfs(at.empty() ? "." : at.c_str(), &info) != 0)
        return errno_error("cannot read free space of " + at.string());
    return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

}  // namespace su
