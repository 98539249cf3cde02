// SPDX-License-Identifier: Apache-2.0
// The check kinds' entry points; one file each beside this one.
#pragma once

#include "checks/check.hpp"

namespace su::checks {

CheckResult workloads_ready(const CheckSpec& spec, const CheckContext& context, std::stop_token stop);
CheckResult images(const CheckSpec& spec, const CheckContext& context, std::stop_token stop);
CheckResult restarts(const CheckSpec& spec, const CheckContext& context, std::stop_token stop);
CheckResult pvc_bound(const CheckSpec& spec, const CheckContext& context, std::stop_token stop);
CheckResult database(const CheckSpec& spec, const CheckContext& context, std::stop_token stop);
CheckResult row_counts(const CheckSpec& spec, const CheckContext& context, std::stop_token stop);
CheckResult http(const CheckSpec& spec, const CheckContext& context, std::stop_token stop);
CheckResult cache_folder(const CheckSpec& spec, const CheckContext& context, std::stop_token stop);
CheckResult log_errors(const CheckSpec& spec, const CheckContext& context, std::stop_token stop);

}  // namespace su::checks
