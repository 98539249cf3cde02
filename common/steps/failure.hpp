// SPDX-License-Identifier: Apache-2.0
// What follows a failed upgrade: back by manifests when they are enough, else stop with the one command that
// brings manifests and data back.
#pragma once

#include "backup/store.hpp"
#include "steps/context.hpp"
#include "steps/upgrade_run.hpp"

namespace su {

struct FailureJob {
    const UpgradeJob& job;
    const Record& record;
    const StoredBackup& backup;
    std::string why;
    std::function<bool()> lease_lost;
    bool interrupted = false;  ///< by Ctrl-C: resolved in the same way, exit 130
};

struct FailureEnd {
    Outcome outcome;
    std::string state;  ///< for the record
};

FailureEnd resolve_failure(const RunContext& context, const FailureJob& failure);

/// "helm safe-upgrade rollback photos 1 --with-data ID -n NS"
std::string back_command(const RunContext& context, const Record& record, bool with_data);

}  // namespace su
