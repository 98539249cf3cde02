// SPDX-License-Identifier: Apache-2.0
#include "backup/postgres.hpp"
#include "backup/receive.hpp"
#include "backup/scripts.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "database/tool.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace su {

namespace {

using std::chrono::seconds;

/// What is read in the dump's own snapshot, beside the dump.
struct SnapshotFacts {
    TableCounts counts;
    std::string schema_version;
    Rows database;  ///< one row: encoding, collate, ctype, owner, extensions as JSON
};

constexpr const char* k_database_facts =
    "select pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, "
    "pg_catalog.pg_get_userbyid(d.datdba),"
    " (select coalesce(pg_catalog.json_object_agg(extname, extversion)::text, '{}') from "
    "pg_catalog.pg_extension)"
    " from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()";

Result<std::string> begin_snapshot(PsqlSession& session, std::stop_token stop) {
    SU_TRY(session.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", stop, seconds{30}));
    SU_ASSIGN(const auto rows, session.run("SELECT pg_catalog.pg_export_snapshot()", stop, seconds{30}));
    const std::string id = rows.empty() || rows[0].empty() ? std::string() : rows[0][0];
    if (id.empty() || id.find_first_not_of("0123456789ABCDEFabcdef-") != std::string::npos) {
        return Error{Errc::invalid, "the server gave no snapshot id", {}};
    }
    return id;
}

Result<SnapshotFacts> read_snapshot(PsqlSession& session, const DatabaseSpec& spec, std::stop_token stop) {
    SnapshotFacts facts;
    SU_ASSIGN(facts.counts, count_tables(session, stop));
    SU_ASSIGN(facts.schema_version, schema_version(session, spec, stop));
    SU_ASSIGN(facts.database, session.run(k_database_facts, stop));
    if (facts.database.size() != 1 || facts.database[0].size() != 5) {
        return Error{Errc::invalid, "the server's answer about its database cannot be understood", {}};
    }
    return facts;
}

/// Counts in session A while the dump runs. A must live until pg_dump has taken over the snapshot, which its
/// first byte of output shows (it writes nothing before).
class SnapshotReader {
  public:
    SnapshotReader(PsqlSession session, const DatabaseSpec& spec, std::stop_token stop)
        : m_stop_outer(stop, [this] { m_stop.request_stop(); }),
          m_thread(
              [this, session = std::move(session), &spec]() mutable { work(std::move(session), spec); }) {}

    /// Called with the dump's first byte, and when there will be none.
    void release() { m_released = true; }
    void cancel() { m_stop.request_stop(); }
    /// Error of the counting so far: the dump need not go on.
    [[nodiscard]] bool failed() const { return m_failed; }
    Result<SnapshotFacts> result() {
        release();
        m_thread.join();
        return std::move(m_result);
    }
    ~SnapshotReader() {
        release();
        cancel();
        if (m_thread.joinable()) m_thread.join();
    }

  private:
    void work(PsqlSession session, const DatabaseSpec& spec) {
        m_result = read_snapshot(session, spec, m_stop.get_token());
        m_failed = !m_result.has_value();
        // an idle transaction must not look dead to a load balancer, so it says something now and then
        auto spoken = std::chrono::steady_clock::now();
        while (!m_failed && !m_released && !m_stop.stop_requested()) {
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
            if (std::chrono::steady_clock::now() - spoken < seconds{20}) continue;
            spoken = std::chrono::steady_clock::now();
            if (auto alive = session.run("select 1", m_stop.get_token(), seconds{30}); !alive) break;
        }
    }

    std::stop_source m_stop;
    std::stop_callback<std::function<void()>> m_stop_outer;
    std::atomic<bool> m_released = false;
    std::atomic<bool> m_failed = false;
    Result<SnapshotFacts> m_result = Error{Errc::internal, "the counts were not taken", {}};
    std::thread m_thread;
};

std::string file_name_for(const std::string& prefix, const std::string& database, const std::string& suffix,
                          const BackupManifest& manifest) {
    std::string safe;
    for (const char c : database.substr(0, 80)) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '_' || c == '-';
        safe += plain ? c : '_';
    }
    for (int i = 1;; ++i) {
        std::string name = prefix + safe + (i > 1 ? "-" + std::to_string(i) : "") + suffix;
        const bool taken = std::any_of(manifest.artifacts.begin(), manifest.artifacts.end(),
                                       [&](const Artifact& artifact) { return artifact.file == name; });
        if (!taken) return name;
    }
}

/// "public" "photos" in "3321; 0 16385 TABLE DATA public photos owner"
Result<void> check_contents(const std::vector<std::string>& contents, const TableCounts& counts,
                            const std::string& what) {
    for (const auto& [table, rows] : counts) {
        const auto dot = table.find('.');
        const std::string names = table.substr(0, dot) + " " + table.substr(dot + 1) + " ";
        const bool found = std::any_of(contents.begin(), contents.end(), [&](const std::string& line) {
            return contains(line, " TABLE DATA " + names) || contains(line, " TABLE " + names);
        });
        if (!found)
            return Error{
                Errc::corrupt, what + ": the dump's table of contents has no table " + printable(table), {}};
    }
    return {};
}

Json facts_json(const Database& db, const SnapshotFacts& facts, const StreamDigest& digest) {
    Json tables = Json::object();
    std::int64_t rows = 0;
    for (const auto& [table, count] : facts.counts) {
        tables[table] = count;
        rows += count;
    }
    const auto& row = facts.database[0];
    const auto extensions = parse_json(row[4], "the list of extensions");
    return {{"database", db.name},
            {"id", db.id},
            {"user", db.user},
            {"host", db.host},
            {"workload", db.workload},
            {"tables", tables},
            {"rows", rows},
            {"schema_version", facts.schema_version},
            {"raw_length", digest.raw_length},
            {"raw_sha256", digest.raw_sha256},
            {"server_version", db.server_version},
            {"server_version_num", db.server_version_num},
            {"tools_version", db.tools_version},
            {"encoding", row[0]},
            {"collate", row[1]},
            {"ctype", row[2]},
            {"owner", row[3]},
            {"extensions", extensions ? *extensions : Json::object()}};
}

/// Roles are the server's, not the database's: nice to have, often forbidden to an application's user.
void save_roles(ClusterReader& reader, const Database& db, BackupFolder& folder, std::stop_token stop) {
    ExecRequest request;
    request.where = db.exec_in;
    request.argv = tool_argv(db, "pg_dumpall", {"-w", "-g", "--no-role-passwords", "-l", db.name});
    const auto output = reader.exec_query(request, {}, std::move(stop));
    std::string why;
    if (!output) {
        why = output.error().message;
    } else if (output->exit_code != 0) {
        const auto lines = split_lines(output->err);
        why = lines.empty() ? "pg_dumpall ended with " + std::to_string(output->exit_code)
                            : printable(lines.front());
    } else if (!contains(output->out, "PostgreSQL database cluster dump complete")) {
        why = "pg_dumpall's output was cut";
    } else {
        const auto file = file_name_for("roles-", db.name, ".sql", folder.manifest);
        if (auto added =
                folder.add(file, "postgres-roles", "roles of the server of database " + db.name, output->out);
            added) {
            folder.manifest.artifacts.back().made_by = "pg_dumpall -g --no-role-passwords";
            folder.manifest.artifacts.back().tool_version = db.tools_version;
            return;
        } else {
            why = added.error().message;
        }
    }
    folder.manifest.not_included.push_back("roles of the server of database " + printable(db.name) + ": " +
                                           why);
}

std::string of_text(const Database& db) {
    return printable(db.name) + " on " + (db.workload.empty() ? "host " + printable(db.host) : db.workload);
}

}  // namespace

Result<void> dump_postgres(ClusterReader& reader, const Database& db, const DatabaseSpec& spec,
                           BackupFolder& folder, const OnProgress& progress, std::stop_token stop) {
    const std::string what = "dump of " + where_text(db);
    SU_ASSIGN(auto session, PsqlSession::open(reader, db, stop));
    SU_ASSIGN(const auto snapshot, begin_snapshot(session, stop));
    const std::vector<std::string> args{"-Fc", "-Z0", "-w", "--lock-wait-timeout=60s",
                                        "--snapshot=" + snapshot};

    Artifact artifact;
    artifact.file = file_name_for("postgres-", db.name, ".dump.gz", folder.manifest);
    SU_ASSIGN(auto file, AtomicFile::create(folder.path() / artifact.file));
    SnapshotReader counting(std::move(session), spec, stop);
    ReceiveRequest request;
    request.exec = {db.exec_in, dump_argv(db, args), true, seconds{60}};
    request.stages = k_dump_stages;
    request.what = what;
    request.expected = db.size_bytes;
    request.on_first_byte = [&counting] { counting.release(); };
    request.give_up = [&counting] { return counting.failed(); };
    auto received = receive_stream(reader, request, file, progress, stop);
    if (!received && !counting.failed()) counting.cancel();
    const bool counts_failed_first = counting.failed();
    auto facts = counting.result();
    if (!facts && (counts_failed_first || received.has_value())) return facts.error().context("row counts");
    if (!received) return received.error();

    SU_TRY(check_contents(received->contents, facts->counts, what));
    SU_TRY(file.commit());
    artifact.kind = "postgres";
    artifact.of = of_text(db);
    artifact.length = received->digest.length;
    artifact.sha256 = received->digest.sha256;
    artifact.level = Level::v3;
    artifact.made_by = "pg_dump -Fc -Z0 --snapshot | gzip -1";
    artifact.tool_version = "pg_dump " + db.tools_version;
    artifact.created_at = to_rfc3339(now());
    artifact.facts = facts_json(db, *facts, received->digest);
    // what the disk gives back, not what we believe to have written
    if (auto read_back = verify_artifact(folder.path(), artifact, stop); !read_back) {
        std::error_code ignored;  // the folder goes too unless the caller keeps it
        fs::remove(folder.path() / artifact.file, ignored);
        return read_back.error().context(what);
    }
    folder.manifest.artifacts.push_back(std::move(artifact));
    save_roles(reader, db, folder, stop);
    if (stop.stop_requested()) return Error{Errc::cancelled, what + " was stopped", {}};
    return {};
}

}  // namespace su
