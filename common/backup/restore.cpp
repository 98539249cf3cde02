// SPDX-License-Identifier: Apache-2.0
#include "backup/admin.hpp"
#include "backup/send.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "database/tool.hpp"

#include <thread>

namespace su {

namespace {

Result<TableCounts> counts_in(const Artifact& artifact) {
    TableCounts counts;
    const Json& tables = at_path(artifact.facts, {"tables"});
    if (!tables.is_object()) return Error{Errc::invalid, "the copy's manifest has no row counts", {}};
    for (const auto& [name, count] : tables.items()) {
        if (!count.is_number_integer())
            return Error{Errc::invalid, "the copy's row count of " + printable(name), {}};
        counts[name] = count.get<std::int64_t>();
    }
    return counts;
}

/// now minus then, by table; only what differs.
std::map<std::string, std::int64_t> difference(const TableCounts& now_there, const TableCounts& then) {
    std::map<std::string, std::int64_t> result;
    for (const auto& [table, count] : now_there) {
        const auto before = then.find(table);
        if (before == then.end() || before->second != count)
            result[table] = count - (before == then.end() ? 0 : before->second);
    }
    for (const auto& [table, count] : then) {
        if (!now_there.contains(table)) result[table] = -count;
    }
    return result;
}

Result<TableCounts> count_now(ClusterReader& reader, const Database& db, const std::string& name,
                              std::stop_token stop) {
    SU_ASSIGN(auto session, PsqlSession::open(reader, db, stop, name));
    SU_TRY(session.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", stop));
    return count_tables(session, stop);
}

Result<TableCounts> fill_and_count(ClusterReader& reader, const Database& admin, const std::string& name,
                                   const fs::path& folder, const Artifact& artifact,
                                   const OnProgress& progress, std::stop_token stop) {
    SU_ASSIGN(const auto expected, counts_in(artifact));
    SU_TRY(send_dump(reader, admin, name, folder, artifact, progress, stop));
    SU_ASSIGN(auto counts, count_now(reader, admin, name, stop));
    const auto differs = difference(counts, expected);
    if (counts == expected) return counts;
    std::vector<std::string> tables;
    for (const auto& [table, rows] : differs) {
        if (tables.size() < 5) tables.push_back(printable(table) + " by " + std::to_string(rows));
    }
    return Error{Errc::corrupt,
                 "the restored " + where_text(admin, name) + " differs from the copy in " +
                     plural(static_cast<std::int64_t>(differs.size()), "table") + ": " + join(tables, ", "),
                 {}};
}

/// Without it the planner knows nothing of the new database. A failure costs speed, not data.
void analyze(ClusterReader& reader, const Database& admin, const std::string& name, std::stop_token stop) {
    if (auto session = PsqlSession::open(reader, admin, stop, name)) {
        const auto done = session->run("ANALYZE", stop, std::chrono::hours{1});
        (void)done;
    }
}

/// Removes what a failed restore made, also after Ctrl-C (its stop token must not stop the cleaning). The
/// server may need a moment to see that pg_restore is gone.
std::optional<Error> drop_unfinished(ClusterReader& reader, const Database& admin, const std::string& name) {
    std::optional<Error> last;
    for (int i = 0; i < 3; ++i) {
        auto session = PsqlSession::open(reader, admin, {});
        auto dropped = session ? drop_database(*session, name, {}) : Result<void>(session.error());
        if (dropped) return std::nullopt;
        last = dropped.error();
        std::this_thread::sleep_for(std::chrono::milliseconds{500});
    }
    return last;
}

Result<RestoredDatabase> restore_as(ClusterReader& reader, const Database& admin, const std::string& present,
                                    const fs::path& folder, const Artifact& artifact,
                                    const OnProgress& progress, std::stop_token stop) {
    SU_ASSIGN(auto session, PsqlSession::open(reader, admin, stop));
    RestoredDatabase restored;
    restored.new_name = side_name(present, "su", to_file_stamp(now()));
    SU_TRY(create_beside(session, present, restored.new_name, stop));
    auto counts = fill_and_count(reader, admin, restored.new_name, folder, artifact, progress, stop);
    Result<void> done = counts ? Result<void>() : Result<void>(counts.error());
    if (counts) {
        analyze(reader, admin, restored.new_name, stop);
        // a session of its own: the first one has been idle for as long as the restore took
        auto fresh = PsqlSession::open(reader, admin, stop);
        done = fresh ? copy_settings(*fresh, present, restored.new_name, stop) : Result<void>(fresh.error());
    }
    if (done) {
        restored.counts = std::move(*counts);
        return restored;
    }
    Error error = done.error();
    if (const auto left = drop_unfinished(reader, admin, restored.new_name)) {
        error.message += "; the unfinished database " + printable(restored.new_name) +
                         " could not be dropped: " + left->message;
        error.hint = "drop it by hand: DROP DATABASE " + printable(sql_identifier(restored.new_name));
    }
    return error;
}

}  // namespace

Result<RestoredDatabase> restore_postgres_beside(ClusterReader& reader, const Database& db,
                                                 const fs::path& folder, const Artifact& artifact,
                                                 const OnProgress& progress, std::stop_token stop) {
    if (artifact.kind != "postgres")
        return Error{Errc::usage, "artifact " + printable(artifact.file) + " is no PostgreSQL dump", {}};
    if (artifact.level < Level::v3) {
        return Error{
            Errc::corrupt,
            artifact.file + " was proven to " + level_name(artifact.level) + " only; a restore needs V3",
            {}};
    }
    SU_TRY(verify_artifact(folder, artifact, stop));
    SU_ASSIGN(const auto admin, admin_of(reader, db, stop));
    return restore_as(reader, admin, db.name, folder, artifact, progress, stop);
}

Result<void> drop_restored(ClusterReader& reader, const Database& db, const RestoredDatabase& restored,
                           std::stop_token stop) {
    if (restored.new_name == db.name || !contains(restored.new_name, "_su_")) {
        return Error{
            Errc::internal, "database " + printable(restored.new_name) + " is none that a restore made", {}};
    }
    SU_ASSIGN(const auto admin, admin_of(reader, db, stop));
    SU_ASSIGN(auto session, PsqlSession::open(reader, admin, stop));
    return drop_database(session, restored.new_name, stop);
}

Result<std::map<std::string, std::int64_t>> written_since(ClusterReader& reader, const Database& db,
                                                          const Artifact& artifact, std::stop_token stop) {
    SU_ASSIGN(const auto then, counts_in(artifact));
    SU_ASSIGN(const auto counts, count_now(reader, db, db.name, stop));
    return difference(counts, then);
}

Result<TableCounts> test_restore_postgres(ClusterReader& reader, const Database& db, const fs::path& folder,
                                          const Artifact& artifact, std::stop_token stop) {
    SU_ASSIGN(auto restored, restore_postgres_beside(reader, db, folder, artifact, {}, stop));
    SU_ASSIGN(const auto admin, admin_of(reader, db, {}));
    if (const auto left = drop_unfinished(reader, admin, restored.new_name)) {
        return left->context("the restore was good, but its scratch database " +
                             printable(restored.new_name) + " is left");
    }
    return std::move(restored.counts);
}

}  // namespace su
