// SPDX-License-Identifier: Apache-2.0
// Check results as text, JSON, JUnit XML and markdown. docs/reference/validation-output.md documents all
// four.
#pragma once

#include "checks/check.hpp"
#include "report/style.hpp"

#include <string>
#include <vector>

namespace su {

/// What was validated, against what; empty parts are left out.
struct ValidationHead {
    std::string release;
    std::string name_space;
    int revision = 0;
    std::string profile;
    std::string baseline;  ///< a sentence: "baseline of 2026-11-21T11:42:21Z, revision 3"
    std::string since;
    std::chrono::milliseconds duration{0};
};

/// "well: 7 passed, 1 warning" and the like; the last line of the text form.
std::string validation_summary(const std::vector<CheckResult>& results);
/// One line a check, then its details, at most style.width columns where the words allow; last the summary.
std::string validation_text(const std::vector<CheckResult>& results, const Style& style);

Json check_results_json(const std::vector<CheckResult>& results);
Json validation_json(const ValidationHead& head, const std::vector<CheckResult>& results, int exit_code);
/// One test suite; a warning is a passed test with its words in system-out.
std::string validation_junit(const ValidationHead& head, const std::vector<CheckResult>& results);
/// For a pull request or a ticket.
std::string validation_markdown(const ValidationHead& head, const std::vector<CheckResult>& results);

}  // namespace su
