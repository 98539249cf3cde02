// SPDX-License-Identifier: Apache-2.0
// PostgreSQL dumps: made in the pod, proven on the way, put back into a NEW database and then swapped by
// name.
//
// How a dump travels (../shared/knowledge E1 measured why): in the pod `pg_dump -Fc -Z0 --snapshot=ID` is
// split by tee into `pg_restore -f /dev/null` (every byte decoded: V3) and `gzip -1`, whose output is hashed
// and counted; a trailer on stderr carries every stage's exit status, lengths and SHA-256 of both forms; the
// remote shell stays until it has read our acknowledgement from stdin. Here the stream is hashed, unpacked
// and hashed again, written, fsynced, read back and compared.
#pragma once

#include "backup/store.hpp"
#include "database/postgres.hpp"

#include <functional>

namespace su {

struct TransferProgress {
    std::uint64_t bytes = 0;         ///< received so far (compressed)
    std::uint64_t raw_bytes = 0;     ///< unpacked so far
    std::uint64_t raw_expected = 0;  ///< estimate from the database's size; 0: unknown
};
using OnProgress = std::function<void(const TransferProgress&)>;

/// Dumps one database into `folder` and appends its artifact (level V3, facts: tables with exact counts taken
/// in the dump's own snapshot, schema_version, raw_length, raw_sha256, server and tool versions) and one with
/// the roles
/// (`pg_dumpall -g --no-role-passwords`; when it is forbidden that is said in not_included).
/// On any error nothing that looks whole remains. Errors: cut, corrupt, tool_failed (which stage), no_space,
/// timed_out, unsupported (no sh, tee, gzip, sha256sum or pg_restore in the container, client older than
/// server).
Result<void> dump_postgres(ClusterReader& reader, const Database& db, const DatabaseSpec& spec,
                           BackupFolder& folder, const OnProgress& progress, std::stop_token stop);

/// Reads the whole artifact again: length, SHA-256, gzip CRC, raw length and raw SHA-256 against the
/// manifest. No cluster.
Result<void> verify_artifact(const fs::path& folder, const Artifact& artifact, std::stop_token stop);

/// The way back, looked at before the way forward: may somebody that we can connect as create, own and rename
/// databases there, and is there room for a second copy? What could not be looked at (the room of a server
/// that runs outside the cluster) is added to `unknown` as sentences. Errors: forbidden (with the right that
/// is missing), no_space.
Result<void> can_restore(ClusterReader& reader, const Database& db, std::stop_token stop,
                         std::vector<std::string>* unknown = nullptr);

struct RestoredDatabase {
    std::string new_name;  ///< holds the restored data, nobody uses it yet
    TableCounts counts;    ///< equal to the artifact's
};

/// Verifies the artifact, creates database NAME_su_STAMP beside the present one (same owner, encoding,
/// locale), restores with pg_restore --exit-on-error never touching the present database, counts every table
/// and compares with the manifest. On error the new database is dropped again. Errors: corrupt, no_space,
/// tool_failed, cut ...
Result<RestoredDatabase> restore_postgres_beside(ClusterReader& reader, const Database& db,
                                                 const fs::path& folder, const Artifact& artifact,
                                                 const OnProgress& progress, std::stop_token stop);

struct SwappedDatabase {
    std::string kept_as;  ///< the replaced database's new name; never dropped by us
};
/// In one psql session: ends other connections, renames present -> NAME_replaced_STAMP and restored -> NAME.
/// If the second rename fails the first is undone. Precondition: writers are stopped.
Result<SwappedDatabase> swap_postgres(ClusterReader& reader, const Database& db,
                                      const RestoredDatabase& restored, std::stop_token stop);
/// The swap backwards (undo). What had been swapped in is kept too, as NAME_undone_STAMP.
Result<void> swap_back_postgres(ClusterReader& reader, const Database& db, const SwappedDatabase& swapped,
                                std::stop_token stop);
Result<void> drop_restored(ClusterReader& reader, const Database& db, const RestoredDatabase& restored,
                           std::stop_token stop);

/// What the present database has and the copy has not, by table: present count minus the copy's count.
Result<std::map<std::string, std::int64_t>> written_since(ClusterReader& reader, const Database& db,
                                                          const Artifact& artifact, std::stop_token stop);

/// V4: restores into a scratch database, counts, drops it. On the server that `db` names (a scratch pod is
/// issue 5's).
Result<TableCounts> test_restore_postgres(ClusterReader& reader, const Database& db, const fs::path& folder,
                                          const Artifact& artifact, std::stop_token stop);

}  // namespace su
