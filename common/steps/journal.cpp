// SPDX-License-Identifier: Apache-2.0
#include "steps/journal.hpp"

#include "base/clock.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace su {

Result<Journal> Journal::open(const std::string& name_space, const std::string& release,
                              const std::string& command) {
    SU_ASSIGN(const fs::path root, state_dir());
    const fs::path folder = root / "journal" / name_space / release;
    SU_TRY(make_private_dir(folder));
    const fs::path path = folder / (to_file_stamp(now()) + "-" + std::to_string(::getpid()) + ".jsonl");
    Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return errno_error("cannot open the journal " + path.string());
    Journal journal(path, std::move(fd));
    SU_TRY(journal.write("begin", {{"command", command}, {"release", release}, {"namespace", name_space}}));
    return journal;
}

Result<void> Journal::write(const std::string& what, Json details) {
    details["at"] = to_rfc3339_micro(now());
    details["what"] = what;
    const std::string line = dump_json(details) + "\n";
    if (::write(m_fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
        ::fdatasync(m_fd.get()) != 0) {
        return errno_error("cannot write the journal " + m_path.string());
    }
    return {};
}

}  // namespace su
