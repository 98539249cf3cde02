// SPDX-License-Identifier: Apache-2.0
// One line of JSON per event in the local state folder, written (and fsynced) before each step that changes
// anything: what a killed run was doing can be read afterwards.
#pragma once

#include "base/fd.hpp"
#include "base/file.hpp"
#include "base/json.hpp"

namespace su {

class Journal {
  public:
    /// STATE_DIR/journal/NAMESPACE/RELEASE/STAMP-PID.jsonl, 0600.
    static Result<Journal> open(const std::string& name_space, const std::string& release,
                                const std::string& command);
    Result<void> write(const std::string& what, Json details = Json::object());
    [[nodiscard]] const fs::path& path() const { return m_path; }

  private:
    Journal(fs::path path, Fd fd) : m_path(std::move(path)), m_fd(std::move(fd)) {}
    fs::path m_path;
    Fd m_fd;
};

}  // namespace su
