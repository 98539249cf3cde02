// SPDX-License-Identifier: Apache-2.0
// Two renames in one transaction: a client that dies in between leaves both names as they were.
#include "backup/admin.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "database/tool.hpp"

#include <thread>

namespace su {

namespace {

using std::chrono::seconds;

/// present -> aside, then incoming -> present.
struct Exchange {
    std::string present;
    std::string aside;
    std::string incoming;
};

Result<void> end_connections(PsqlSession& admin, const Exchange& exchange, std::stop_token stop) {
    SU_TRY(admin.run(
        "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where datname in (" +
            sql_literal(exchange.present) + "," + sql_literal(exchange.incoming) +
            ") and pid <> pg_catalog.pg_backend_pid() and backend_type = 'client backend'",
        stop, seconds{30}));
    return {};
}

Result<void> rename_both(PsqlSession& admin, const Exchange& exchange, std::stop_token stop) {
    const auto rename = [](const std::string& from, const std::string& to) {
        return "ALTER DATABASE " + sql_identifier(from) + " RENAME TO " + sql_identifier(to);
    };
    SU_TRY(admin.run("BEGIN", stop, seconds{30}));
    auto done = admin.run(rename(exchange.present, exchange.aside), stop, seconds{60});
    if (done) done = admin.run(rename(exchange.incoming, exchange.present), stop, seconds{60});
    if (done) done = admin.run("COMMIT", stop, seconds{60});
    if (done) return {};
    const auto undone =
        admin.run("ROLLBACK", {}, seconds{30});  // when this is lost too, the server does it itself
    (void)undone;
    return done.error();
}

/// Whether the exchange has happened, asked anew after a connection was lost in the middle of it.
Result<bool> has_happened(ClusterReader& reader, const Database& admin, const Exchange& exchange) {
    SU_ASSIGN(auto session, PsqlSession::open(reader, admin, {}));
    SU_ASSIGN(const bool aside, database_exists(session, exchange.aside, {}));
    SU_ASSIGN(const bool incoming, database_exists(session, exchange.incoming, {}));
    return aside && !incoming;
}

Result<void> check_names(PsqlSession& admin, const Exchange& exchange, std::stop_token stop) {
    for (const auto& name : {exchange.present, exchange.incoming}) {
        SU_ASSIGN(const bool exists, database_exists(admin, name, stop));
        if (!exists) return Error{Errc::not_found, "database " + printable(name) + " does not exist", {}};
    }
    return {};
}

Result<void> exchange_names(ClusterReader& reader, const Database& admin, const Exchange& exchange,
                            std::stop_token stop) {
    SU_ASSIGN(auto session, PsqlSession::open(reader, admin, stop));
    SU_TRY(check_names(session, exchange, stop));
    const std::string what = "putting database " + printable(exchange.incoming) + " in the place of " +
                             printable(exchange.present);
    Result<void> done;
    // a health check or an exporter may connect again between the end of its connection and the rename
    for (int i = 0; i < 10; ++i) {
        SU_TRY(end_connections(session, exchange, stop));
        done = rename_both(session, exchange, stop);
        if (done) return {};
        if (done.error().code != Errc::tool_failed ||
            !contains(done.error().message, "accessed by other users"))
            break;
        std::this_thread::sleep_for(std::chrono::milliseconds{200});
    }
    if (done.error().code != Errc::tool_failed) {
        const auto happened = has_happened(reader, admin, exchange);
        if (happened && *happened) return {};
        if (!happened) {
            return Error{done.error().code,
                         what + ": the connection was lost and it is unknown whether it was done: " +
                             done.error().message,
                         "look at the databases' names (psql -l): both or none of them were renamed"};
        }
    }
    return done.error().context(what);
}

}  // namespace

Result<SwappedDatabase> swap_postgres(ClusterReader& reader, const Database& db,
                                      const RestoredDatabase& restored, std::stop_token stop) {
    SU_ASSIGN(const auto admin, admin_of(reader, db, stop));
    SwappedDatabase swapped;
    swapped.kept_as = side_name(db.name, "replaced", to_file_stamp(now()));
    SU_TRY(exchange_names(reader, admin, {db.name, swapped.kept_as, restored.new_name}, stop));
    return swapped;
}

Result<void> swap_back_postgres(ClusterReader& reader, const Database& db, const SwappedDatabase& swapped,
                                std::stop_token stop) {
    SU_ASSIGN(const auto admin, admin_of(reader, db, stop));
    return exchange_names(
        reader, admin, {db.name, side_name(db.name, "undone", to_file_stamp(now())), swapped.kept_as}, stop);
}

}  // namespace su
