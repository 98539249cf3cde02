// SPDX-License-Identifier: Apache-2.0
// Child processes: argv vectors only, never a shell; own process group; die with us.
#pragma once

#include "base/fd.hpp"
#include "base/result.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace su {

struct Command {
    std::vector<std::string> argv;  ///< argv[0] is looked up on PATH
    std::vector<std::pair<std::string, std::string>>
        env;                                    ///< set in the child, on top of ours; "" value stays ""
    std::vector<std::string> unset_env;         ///< removed from the child's environment
    std::string input;                          ///< given on stdin; empty: /dev/null
    std::chrono::milliseconds timeout{60'000};  ///< 0: none. Then SIGTERM, after `grace` SIGKILL
    std::chrono::milliseconds grace{5'000};
    std::size_t max_output = 256ULL << 20;            ///< per stream; past it the rest is dropped and marked
    std::function<void(std::string_view)> on_output;  ///< also gets stdout pieces as they come
    std::function<void(std::string_view)> on_error_output;  ///< also gets stderr pieces as they come
};

struct ProcessResult {
    enum class End { exited, signalled, timed_out, cancelled };
    End end = End::exited;
    int code = 0;  ///< exit code, or the signal's number
    std::string out;
    std::string err;
    bool truncated = false;
    std::chrono::milliseconds duration{0};

    [[nodiscard]] bool ok() const { return end == End::exited && code == 0; }
    /// "exited with 1", "was ended by signal 9", "did not end within its time"
    [[nodiscard]] std::string describe() const;
    /// The last `max_lines` non-empty lines of stderr in one printable text.
    [[nodiscard]] std::string error_tail(std::size_t max_lines = 5) const;
};

/// Runs to the end. Blocks. A non-zero exit is data, not an Error. When `stop` is set the child's group gets
/// SIGTERM and is waited for (`grace`, then SIGKILL): a helm that is told to stop may still resolve its
/// release. Safe from any thread; the child gets SIGTERM when the calling THREAD dies (PR_SET_PDEATHSIG is
/// tied to it). Errors: not_found (no such program), io.
Result<ProcessResult> run_process(const Command& command, std::stop_token stop);

/// A child that lives as long as this object (kubectl proxy). Its stdout's first lines can be read.
class BackgroundProcess {
  public:
    static Result<BackgroundProcess> start(const Command& command);
    BackgroundProcess(BackgroundProcess&&) noexcept;
    BackgroundProcess& operator=(BackgroundProcess&&) noexcept;
    ~BackgroundProcess();  ///< SIGTERM to the group, SIGKILL after 2 s, reaped

    /// Blocks until stdout contains `text`; what the child says after that is read and dropped. Once. Errors:
    /// timed_out, cancelled, tool_failed (ended before; its stderr).
    Result<void> wait_for_output(std::string_view text, std::chrono::milliseconds timeout,
                                 std::stop_token stop);
    [[nodiscard]] int pid() const;

  private:
    struct State;
    explicit BackgroundProcess(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

/// The full path of a program on PATH, or not_found.
Result<std::string> find_program(const std::string& name);

}  // namespace su
