// SPDX-License-Identifier: Apache-2.0
// The one table of exit codes of both plugins; docs/reference/exit-codes.md says the same (a test compares
// them).
#pragma once

#include <array>
#include <string_view>

namespace su {

enum class ExitCode : int {
    well = 0,
    error = 1,
    usage = 2,
    checks_failed = 3,
    refused = 4,
    rolled_back = 5,
    needs_person = 6,
    could_not_look = 7,
    failed_and_kept = 8,
    interrupted = 130,
};

struct ExitCodeRow {
    ExitCode code;
    std::string_view meaning;
};

inline constexpr std::array<ExitCodeRow, 10> k_exit_codes{{
    {ExitCode::well, "well"},
    {ExitCode::error, "error"},
    {ExitCode::usage, "usage"},
    {ExitCode::checks_failed, "checks failed, or differences with --detailed-exitcode"},
    {ExitCode::refused, "refused or backup failed, nothing was changed"},
    {ExitCode::rolled_back, "failed and rolled back"},
    {ExitCode::needs_person, "failed and needs a person; the message says exactly what to do"},
    {ExitCode::could_not_look, "could not look: nothing failed, but a required check could not be made"},
    {ExitCode::failed_and_kept, "failed and kept, as --on-failure keep asked"},
    {ExitCode::interrupted, "interrupted, state resolved"},
}};

}  // namespace su
