// SPDX-License-Identifier: Apache-2.0
// What the scripts in the pod say on stderr: "T " lines of the dump's table of contents, "E " lines with a
// failed stage's words, "H" heartbeats, and one last line "SU1 stage=status ... name=value ..." after all
// stages have ended.
#pragma once

#include "base/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace su {

class TrailerReader {
  public:
    /// Bytes of stderr as they come. Error: invalid when a pod says more than 64 MiB.
    Result<void> feed(std::string_view bytes);
    [[nodiscard]] bool complete() const { return m_complete; }
    /// A value of the trailer, "" when it is not there.
    [[nodiscard]] std::string value(const std::string& key) const;
    /// A stage's exit status; nothing when it is missing or no number.
    [[nodiscard]] std::optional<int> status(const std::string& stage) const;
    /// Why the pipe failed: the stages that ended badly, the likeliest cause first (a stage that was only cut
    /// off by SIGPIPE comes last), with its words. Nothing when all `stages` ended with 0.
    [[nodiscard]] std::optional<Error> failure(const std::vector<std::string>& stages,
                                               const std::string& what) const;
    [[nodiscard]] const std::vector<std::string>& contents() const { return m_contents; }
    /// The last lines that were none of ours, for messages.
    [[nodiscard]] std::string said() const;

  private:
    void take(std::string line);

    std::string m_line;
    std::map<std::string, std::string> m_values;
    std::map<std::string, std::string> m_words;  ///< by stage
    std::vector<std::string> m_contents;
    std::vector<std::string> m_other;
    std::size_t m_size = 0;
    bool m_complete = false;
};

}  // namespace su
