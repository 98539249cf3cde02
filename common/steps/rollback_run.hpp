// SPDX-License-Identifier: Apache-2.0
// `rollback` (manifests, or manifests and data) and `restore` (data alone).
#pragma once

#include "backup/store.hpp"
#include "steps/context.hpp"

namespace su {

struct RollbackJob {
    Facts facts;
    int revision = 0;                    ///< to go back to; 0: stay (restore only)
    std::optional<StoredBackup> backup;  ///< data goes back too
    bool take_over = false;
    bool yes = false;  ///< don't ask (context.ask is not used)
    std::chrono::milliseconds timeout{300'000};
};

/// With a backup: restore beside, show what is newer, ask, stop writers, swap, helm rollback, start writers,
/// validate against the backup's own counts. Up to the swap nothing in use is touched; if helm's rollback
/// fails after the swap, the replaced database is still there under its new name and the message says so.
Outcome run_rollback(const RunContext& context, const RollbackJob& job);

}  // namespace su
