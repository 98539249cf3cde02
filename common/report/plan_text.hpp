// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/plan.hpp"
#include "report/style.hpp"

namespace su {

/// The plan for a person: at most style.width columns (80 when not on a terminal).
std::string plan_text(const Plan& plan, const Style& style);
/// The values and manifest part alone (`diff`).
std::string diff_text(const Plan& plan, const Style& style);
/// The same facts for a pull request comment.
std::string plan_markdown(const Plan& plan);

}  // namespace su
