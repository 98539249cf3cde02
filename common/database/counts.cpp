// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "database/tool.hpp"

#include <array>

namespace su {

namespace {

constexpr std::size_t k_tables_a_statement = 100;

// System schemas, other sessions' temporary tables and what belongs to an extension are not the
// application's.
constexpr std::string_view k_own_tables =
    " from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
    " where c.relkind in ('r','p') and not c.relispartition and n.nspname <> 'information_schema'"
    " and n.nspname !~ '^pg_' and not exists (select 1 from pg_catalog.pg_depend d where"
    " d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')";

/// A table of a migration tool: which columns say where it is, which give the order (first that exists).
struct MigrationTable {
    std::string_view name;
    std::array<std::string_view, 3> label;
    std::array<std::string_view, 3> order;
};
constexpr std::array<MigrationTable, 14> k_migration_tables{{
    {"migrations", {"name", "migration", "version"}, {"id", "timestamp", "name"}},
    {"typeorm_migrations", {"name", "", ""}, {"id", "timestamp", ""}},
    {"schema_migrations", {"version", "name", "filename"}, {"version", "id", "name"}},
    {"schema_version", {"version", "", ""}, {"installed_rank", "version", ""}},
    {"kysely_migrations", {"name", "", ""}, {"name", "", ""}},
    {"kysely_migration", {"name", "", ""}, {"name", "", ""}},
    {"flyway_schema_history", {"version", "script", ""}, {"installed_rank", "", ""}},
    {"alembic_version", {"version_num", "", ""}, {"version_num", "", ""}},
    {"django_migrations", {"name", "", ""}, {"id", "", ""}},
    {"_prisma_migrations", {"migration_name", "", ""}, {"migration_name", "", ""}},
    {"knex_migrations", {"name", "", ""}, {"id", "", ""}},
    {"goose_db_version", {"version_id", "", ""}, {"id", "", ""}},
    {"databasechangelog", {"id", "", ""}, {"orderexecuted", "", ""}},
    {"__EFMigrationsHistory", {"MigrationId", "", ""}, {"MigrationId", "", ""}},
}};

/// coalesce(j->>'a', j->>'b'): works whichever of the columns a version of the tool has.
std::string first_column(const std::array<std::string_view, 3>& names) {
    std::string sql = "coalesce(";
    for (const auto name : names) {
        if (!name.empty()) sql += "pg_catalog.to_jsonb(t)->>'" + std::string(name) + "', ";
    }
    return sql + "'')";
}

Result<std::vector<std::string>> migration_states(PsqlSession& session, std::stop_token stop) {
    std::vector<std::string> names;
    for (const auto& table : k_migration_tables) names.push_back("'" + std::string(table.name) + "'");
    SU_ASSIGN(const auto found,
              session.run("select n.nspname, c.relname, pg_catalog.format('%I.%I', n.nspname, c.relname)" +
                              std::string(k_own_tables) + " and c.relname in (" + join(names, ",") +
                              ") order by n.nspname collate \"C\", c.relname collate \"C\"",
                          stop));
    std::vector<std::string> states;
    for (const auto& row : found) {
        if (row.size() != 3) return Error{Errc::invalid, "psql's answer has a wrong number of columns", {}};
        for (const auto& table : k_migration_tables) {
            if (row[1] != table.name) continue;
            const std::string order = first_column(table.order);
            SU_ASSIGN(const auto newest,
                      session.run("select " + first_column(table.label) + ", (select count(*) from " +
                                      row[2] + ") from " + row[2] + " t order by pg_catalog.length(" + order +
                                      ") desc, " + order + " collate \"C\" desc limit 1",
                                  stop));
            const bool any = !newest.empty() && newest.front().size() == 2;
            states.push_back(
                row[0] + "." + row[1] + "=" +
                (any ? newest.front()[0] + " (" + newest.front()[1] + ")" : std::string("empty")));
        }
    }
    return states;
}

}  // namespace

Result<TableCounts> count_tables(PsqlSession& session, std::stop_token stop) {
    SU_TRY(session.run("SET row_security = off", stop));
    SU_ASSIGN(const auto tables,
              session.run("select n.nspname || '.' || c.relname, case when c.relkind = 'p' then '' else"
                          " 'only ' end || pg_catalog.format('%I.%I', n.nspname, c.relname)" +
                              std::string(k_own_tables) + " order by 1",
                          stop));
    TableCounts counts;
    for (std::size_t start = 0; start < tables.size(); start += k_tables_a_statement) {
        const std::size_t end = std::min(tables.size(), start + k_tables_a_statement);
        std::string sql;
        for (std::size_t i = start; i < end; ++i) {
            if (tables[i].size() != 2)
                return Error{Errc::invalid, "a table's name holds a control character", {}};
            sql += (sql.empty() ? "select " : " union all select ") + std::to_string(i) + ", count(*) from " +
                   tables[i][1];
        }
        SU_ASSIGN(const auto rows, session.run(sql, stop, std::chrono::hours{2}));
        if (rows.size() != end - start)
            return Error{Errc::invalid, "psql counted fewer tables than asked for", {}};
        for (const auto& row : rows) {
            const auto index = row.size() == 2 ? parse_int(row[0]) : std::nullopt;
            const auto count = row.size() == 2 ? parse_int(row[1]) : std::nullopt;
            if (!index || !count || *index < 0 || static_cast<std::size_t>(*index) >= tables.size()) {
                return Error{Errc::invalid, "psql's row counts cannot be understood", {}};
            }
            counts[tables[static_cast<std::size_t>(*index)][0]] = *count;
        }
    }
    return counts;
}

Result<std::string> schema_version(PsqlSession& session, const DatabaseSpec& spec, std::stop_token stop) {
    std::vector<std::string> parts;
    if (!spec.schema_version_query.empty()) {
        SU_ASSIGN(const auto rows, session.run(spec.schema_version_query, stop));
        for (const auto& row : rows) parts.push_back(join(row, " "));
    } else {
        SU_ASSIGN(parts, migration_states(session, stop));
    }
    SU_ASSIGN(
        const auto digest,
        session.run("select pg_catalog.md5(coalesce(pg_catalog.string_agg(x, ',' order by x collate \"C\"), "
                    "'')) from ("
                    "select pg_catalog.format('%I.%I.%I:%s', n.nspname, c.relname, a.attname,"
                    " pg_catalog.format_type(a.atttypid, a.atttypmod)) as x from pg_catalog.pg_attribute a "
                    "join (select"
                    " c.oid as roid, c.relname, c.relnamespace" +
                        std::string(k_own_tables) +
                        ") c on c.roid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
                        " where a.attnum > 0 and not a.attisdropped) s",
                    stop));
    if (digest.empty() || digest.front().empty())
        return Error{Errc::invalid, "psql gave no digest of the schema", {}};
    parts.push_back("columns " + digest.front().front().substr(0, 12));
    return printable(join(parts, "; "));
}

}  // namespace su
