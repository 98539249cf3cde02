// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/store.hpp"
#include "steps/context.hpp"

namespace su {

/// Copies every database of `facts` that is not in `without`, and the release, into a new backup; commits it
/// when all artifacts have reached their level. Changes nothing in the cluster. Undo: the folder removes
/// itself.
Result<StoredBackup> make_backup(const RunContext& context, const Facts& facts, const fs::path& root,
                                 const std::vector<std::string>& without);

/// The Baseline that goes with it: capture_baseline with table counts and schema version of the dump's own
/// snapshot.
Result<Baseline> baseline_with(const RunContext& context, const Facts& facts, const BackupManifest& backup);

}  // namespace su
