// SPDX-License-Identifier: Apache-2.0
// Finds PostgreSQL databases wherever they live and asks them questions through psql in a pod. Reads only,
// except PsqlSession::run, which the restore uses for its statements.
#pragma once

#include "cluster/cluster.hpp"
#include "profile/profile.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace su {

/// A database and the container from which its own tools reach it.
struct Database {
    std::string id;    ///< of the profile's DatabaseSpec
    std::string name;  ///< database name
    std::string user;
    std::string host;  ///< what the application uses; for messages
    int port = 5432;
    ContainerRef exec_in;         ///< database pod (local socket) or application pod (host)
    bool in_server_pod = false;   ///< false: exec_in is an application pod with client tools
    bool inside_release = false;  ///< true: the server's workload is in the release's manifest
    std::string workload;         ///< "StatefulSet/photos-db" of the server, empty when managed outside
    /// Variable of exec_in's own environment that holds the password ("" = none needed). The password itself
    /// never leaves the pod and is in no argv: the tools are started by the pod's shell as PGPASSWORD="$VAR"
    /// psql ... A variable that ends in _FILE names a file with it; one that holds a URL has it inside.
    std::string password_env;
    int server_version_num = 0;  ///< 150018
    std::string server_version;  ///< "15.18"
    std::string tools_version;   ///< pg_dump's, must not be older (major) than the server's
    std::uint64_t size_bytes = 0;
    std::vector<std::string> evidence;  ///< how it was found, sentences
    /// What the tools connect to, when it is neither the local socket (in_server_pod) nor `host`.
    std::string connect_host;
};

struct DatabaseSearch {
    std::string name_space;
    std::vector<Json> pods;                  ///< the release's pods (running ones are used)
    std::vector<std::string> own_workloads;  ///< "Kind/name" in the release's manifest
    std::vector<DatabaseSpec> specs;         ///< profile; generic has one with the usual names
};

struct FoundDatabases {
    std::vector<Database> databases;
    std::vector<Error>
        problems;  ///< seen but not usable: each says what and why (could not look is never fine)
};

/// From env, Secrets and URLs of the pods -> Service -> pod (any namespace); PostgreSQL pods of the release
/// that nobody's env names are found by image and POSTGRES_* env. Duplicates (same server and name) are
/// merged. Error: only when the cluster cannot be read at all.
Result<FoundDatabases> find_databases(ClusterReader& reader, const DatabaseSearch& search,
                                      std::stop_token stop);

/// The argv that runs a PostgreSQL tool in the database's container with host, user, password and database
/// set:
/// {"sh", "-c", script, "sh", tool args...}. `tool` is "psql" or "pg_dump"...; no secret in it.
std::vector<std::string> tool_argv(const Database& db, const std::string& tool,
                                   const std::vector<std::string>& args,
                                   const std::string& database_name = {});

/// One statement, its rows as unaligned text columns. Errors: tool_failed with PostgreSQL's message, those of
/// exec.
using Rows = std::vector<std::vector<std::string>>;
Result<Rows> query(ClusterReader& reader, const Database& db, const std::string& sql, std::stop_token stop,
                   const std::string& database_name = {});

/// A psql that stays open, for a snapshot that must stay alive. One thread at a time.
class PsqlSession {
  public:
    static Result<PsqlSession> open(ClusterReader& reader, const Database& db, std::stop_token stop,
                                    const std::string& database_name = {});
    PsqlSession(PsqlSession&&) noexcept;
    PsqlSession& operator=(PsqlSession&&) noexcept;
    ~PsqlSession();
    /// One statement; a missing ';' is added. Errors: tool_failed with PostgreSQL's own message (the session
    /// goes on); cut, timed_out (`wait`), cancelled (the session is over).
    Result<Rows> run(const std::string& sql, std::stop_token stop,
                     std::chrono::milliseconds wait = std::chrono::minutes{10});

  private:
    struct State;
    explicit PsqlSession(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

/// "schema.table" -> exact number of rows, of all ordinary and partitioned tables outside the system schemas,
/// counted in the session's transaction. Partitions count in their root; foreign tables and tables that
/// belong to an extension (pg_dump leaves their rows to it) are left out.
using TableCounts = std::map<std::string, std::int64_t>;
Result<TableCounts> count_tables(PsqlSession& session, std::stop_token stop);

/// What says how far the schema's migrations are: the spec's query, or the newest rows of known migration
/// tables, plus a digest of table and column names. Comparable for equality only.
Result<std::string> schema_version(PsqlSession& session, const DatabaseSpec& spec, std::stop_token stop);

}  // namespace su
