// SPDX-License-Identifier: Apache-2.0
// What the user asked for, complete and validated; filled by the front ends, the only input that is not read
// from outside.
#pragma once

#include "base/file.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace su {

enum class OnFailure { rollback, keep, ask };

struct UpgradeOptions {
    std::string release;
    std::string chart;
    std::vector<std::string> passed_on;    ///< chart and behaviour flags of helm upgrade, as given
    std::vector<std::string> value_flags;  ///< -f, --set*, --reuse-values ...: for the render only
    bool reuse_values = false;
    bool reset_values = false;                ///< --reset-values or --reset-then-reuse-values given
    std::vector<std::string> without_backup;  ///< ids of stores that the user goes without, knowingly
    std::string profile;                      ///< file or embedded name; empty: chosen by evidence
    fs::path backup_root;
    OnFailure on_failure = OnFailure::rollback;
    bool no_hooks = false;
    bool take_over = false;  ///< take a dead run's Lease
    std::chrono::milliseconds timeout{300'000};
};

}  // namespace su
