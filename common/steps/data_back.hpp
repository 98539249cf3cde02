// SPDX-License-Identifier: Apache-2.0
// A backup's databases back into place: restored beside the present ones, counted, then swapped by name.
#pragma once

#include "backup/postgres.hpp"
#include "steps/context.hpp"

namespace su {

struct PreparedDatabase {
    Database db;
    Artifact artifact;
    RestoredDatabase restored;
    std::map<std::string, std::int64_t> newer;  ///< rows per table that the copy does not have
};

/// Matches the backup's PostgreSQL artifacts to the databases found now. Errors: not_found (none to restore,
/// or a database that is not there any more), corrupt.
Result<std::vector<std::pair<Database, Artifact>>> match_databases(const Facts& facts,
                                                                   const StoredBackup& backup);

/// Restores each beside the present one and counts. Nothing that is in use is touched. Undo: drop_prepared.
Result<std::vector<PreparedDatabase>> prepare_data(const RunContext& context, const Facts& facts,
                                                   const StoredBackup& backup);
void drop_prepared(const RunContext& context, const std::vector<PreparedDatabase>& prepared);

struct Swapped {
    Database db;
    SwappedDatabase swap;
};
/// Precondition: writers are stopped. `swapped` holds what is in place now: if one swap fails those before
/// are swapped back and taken out of it; an error with `swapped` not empty, or of code cut or timed_out (the
/// answer to a rename was lost), means that data may have been replaced.
Result<void> swap_data(const RunContext& context, const std::vector<PreparedDatabase>& prepared,
                       std::vector<Swapped>& swapped);

/// "asset: 12 rows more than the backup has" per table; what a person must know before data goes back.
std::vector<std::string> describe_newer(const std::vector<PreparedDatabase>& prepared);

}  // namespace su
