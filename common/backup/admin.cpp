// SPDX-License-Identifier: Apache-2.0
#include "backup/admin.hpp"

#include "base/clock.hpp"
#include "base/text.hpp"
#include "database/tool.hpp"

#include <algorithm>
#include <array>

namespace su {

namespace {

enum class Rights { none, owner, superuser };

Result<Rights> rights_of(ClusterReader& reader, const Database& admin, const std::string& name,
                         std::stop_token stop) {
    SU_ASSIGN(const auto rows,
              query(reader, admin,
                    "select r.rolsuper, r.rolcreatedb and pg_catalog.pg_has_role(current_user, d.datdba,"
                    " 'USAGE') from pg_catalog.pg_roles r, pg_catalog.pg_database d where r.rolname ="
                    " current_user and d.datname =" +
                        sql_literal(name),
                    stop));
    if (rows.empty() || rows[0].size() != 2)
        return Error{Errc::not_found, "database " + printable(name) + " does not exist", {}};
    if (rows[0][0] == "t") return Rights::superuser;
    return rows[0][1] == "t" ? Rights::owner : Rights::none;
}

/// Tries the maintenance databases in turn; `admin.name` becomes the one that let us in.
Result<Rights> connect_as(ClusterReader& reader, Database& admin, const std::string& name,
                          std::stop_token stop) {
    Result<Rights> last = Rights::none;
    for (const char* maintenance : {"postgres", "template1"}) {
        admin.name = maintenance;
        last = rights_of(reader, admin, name, stop);
        if (last || last.error().code != Errc::tool_failed) return last;
    }
    return last;
}

/// The official images' and Bitnami's names of the superuser, from the server container's own environment.
std::string server_superuser(ClusterReader& reader, const Database& db, std::stop_token stop) {
    ExecRequest request;
    request.where = db.exec_in;
    request.argv = {"sh", "-c", "printf %s \"${POSTGRES_USER:-postgres}\""};
    const auto output = reader.exec_query(request, {}, std::move(stop));
    return output && output->exit_code == 0 && !output->out.empty() ? output->out : "postgres";
}

Result<std::optional<Database>> find_superuser(ClusterReader& reader, const Database& db,
                                               std::stop_token stop) {
    std::vector<std::string> users{server_superuser(reader, db, stop)};
    if (users[0] != "postgres") users.emplace_back("postgres");
    for (const auto& user : users) {
        for (const char* password :
             {"", "POSTGRES_POSTGRES_PASSWORD", "POSTGRESQL_POSTGRES_PASSWORD", "POSTGRES_PASSWORD"}) {
            Database admin = db;
            admin.user = user;
            admin.password_env = password;
            const auto rights = connect_as(reader, admin, db.name, stop);
            if (rights && *rights == Rights::superuser) return std::optional(std::move(admin));
            if (!rights && rights.error().code != Errc::tool_failed) return rights.error();
        }
    }
    return std::optional<Database>{};
}

Result<std::string> one_text(PsqlSession& session, const std::string& sql, std::stop_token stop) {
    SU_ASSIGN(const auto rows, session.run(sql, stop));
    if (rows.size() != 1 || rows[0].size() != 1)
        return Error{Errc::not_found, "the database does not exist any more", {}};
    return rows[0][0];
}

/// Settings whose stored value is a list of quoted names: as one literal it would become one name.
bool is_list_setting(const std::string& name) {
    constexpr std::array<std::string_view, 6> lists{"search_path",
                                                    "temp_tablespaces",
                                                    "local_preload_libraries",
                                                    "session_preload_libraries",
                                                    "shared_preload_libraries",
                                                    "unix_socket_directories"};
    return std::find(lists.begin(), lists.end(), to_lower(name)) != lists.end();
}

Result<void> check_room(ClusterReader& reader, const Database& admin, std::uint64_t size,
                        std::stop_token stop, std::vector<std::string>* unknown) {
    const auto note = [&](const std::string& why) -> Result<void> {
        if (unknown != nullptr)
            unknown->push_back("room on the server of database " + printable(admin.name) + ": " + why);
        return {};
    };
    if (!admin.in_server_pod) return note("it cannot be looked at from outside the server's pod");
    const auto rows = query(reader, admin, "show data_directory", stop);
    if (!rows || rows->empty() || (*rows)[0].empty()) return note("the server does not tell its data folder");
    ExecRequest request;
    request.where = admin.exec_in;
    request.argv = {"df", "-Pk", (*rows)[0][0]};
    const auto output = reader.exec_query(request, {}, stop);
    const auto lines =
        output && output->exit_code == 0 ? split_lines(output->out) : std::vector<std::string>{};
    if (lines.size() < 2) return note("df told nothing");
    std::vector<std::string> columns;
    for (const auto& word : split(lines[1], ' ')) {
        if (!word.empty()) columns.push_back(word);
    }
    const auto free_kib = columns.size() > 3 ? parse_int(columns[3]) : std::nullopt;
    if (!free_kib || *free_kib < 0) return note("df cannot be understood");
    const std::uint64_t free = static_cast<std::uint64_t>(*free_kib) * 1024;
    const std::uint64_t needed = size + size / 10 + (32ULL << 20);
    if (free >= needed) return {};
    return Error{Errc::no_space,
                 "a restore needs room for a second copy beside the present database: " +
                     human_bytes(needed) + ", free are " + human_bytes(free) + " in pod " +
                     admin.exec_in.name_space + "/" + admin.exec_in.pod,
                 "enlarge the database's volume first"};
}

}  // namespace

Result<Database> admin_of(ClusterReader& reader, const Database& db, std::stop_token stop) {
    Database own = db;
    const auto rights = connect_as(reader, own, db.name, stop);
    if (!rights && rights.error().code != Errc::tool_failed) return rights.error();
    if (rights && *rights == Rights::superuser) return own;
    if (db.in_server_pod) {
        SU_ASSIGN(auto superuser, find_superuser(reader, db, stop));
        if (superuser) return std::move(*superuser);
    }
    if (rights && *rights == Rights::owner) return own;
    return Error{Errc::forbidden,
                 "user " + printable(db.user) + " may not create and rename databases on the server of " +
                     where_text(db),
                 "as a superuser: ALTER ROLE " + printable(sql_identifier(db.user)) +
                     " CREATEDB; and make it the owner of " + printable(sql_identifier(db.name))};
}

Result<void> can_restore(ClusterReader& reader, const Database& db, std::stop_token stop,
                         std::vector<std::string>* unknown) {
    SU_ASSIGN(const auto admin, admin_of(reader, db, stop));
    return check_room(reader, admin, db.size_bytes, stop, unknown);
}

std::string side_name(const std::string& name, const std::string& word, const std::string& stamp) {
    const std::string suffix = "_" + word + "_" + replace_all(stamp, "-", "_");
    std::size_t keep = std::min(name.size(), std::size_t{63} - suffix.size());
    while (keep > 0 && keep < name.size() && (static_cast<unsigned char>(name[keep]) & 0xC0) == 0x80) --keep;
    return name.substr(0, keep) + suffix;
}

Result<bool> database_exists(PsqlSession& admin, const std::string& name, std::stop_token stop) {
    SU_ASSIGN(const auto rows,
              admin.run("select 1 from pg_catalog.pg_database where datname =" + sql_literal(name), stop));
    return !rows.empty();
}

Result<void> create_beside(PsqlSession& admin, const std::string& present, const std::string& name,
                           std::stop_token stop) {
    // The locale's columns differ by version, so they are asked for through JSON. The usual tablespace is not
    // named: naming it needs a right that an ordinary owner has not.
    static const std::string before =
        "select pg_catalog.format('CREATE DATABASE %I WITH TEMPLATE template0 OWNER %I";
    static const std::string after = R"sql(
 ENCODING %L LC_COLLATE %L LC_CTYPE %L CONNECTION LIMIT %s', x.name, pg_catalog.pg_get_userbyid(d.datdba),
 pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, d.datconnlimit)
 || case j->>'datlocprovider'
    when 'i' then pg_catalog.format(' LOCALE_PROVIDER icu ICU_LOCALE %L', coalesce(j->>'datlocale', j->>'daticulocale'))
    when 'b' then pg_catalog.format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', j->>'datlocale')
    else '' end
 || case t.spcname when 'pg_default' then '' else pg_catalog.format(' TABLESPACE %I', t.spcname) end
 from pg_catalog.pg_database d join pg_catalog.pg_tablespace t on t.oid = d.dattablespace, pg_catalog.to_jsonb(d) j,
)sql";
    SU_ASSIGN(const auto statement, one_text(admin,
                                             before + after + "(select" + sql_literal(name) +
                                                 "::text as name) x where d.datname =" + sql_literal(present),
                                             stop));
    SU_TRY(admin.run(statement, stop));
    return {};
}

Result<void> copy_settings(PsqlSession& admin, const std::string& present, const std::string& name,
                           std::stop_token stop) {
    const std::string where = " where d.datname =" + sql_literal(present);
    SU_ASSIGN(const auto grants,
              admin.run("select pg_catalog.format('GRANT %s ON DATABASE %I TO %s%s', a.privilege_type," +
                            sql_literal(name) +
                            ", case a.grantee when 0 then 'PUBLIC' else "
                            "pg_catalog.quote_ident(pg_catalog.pg_get_userbyid("
                            "a.grantee)) end, case when a.is_grantable then ' WITH GRANT OPTION' else '' end)"
                            " from pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) a" +
                            where,
                        stop));
    if (!grants.empty())
        SU_TRY(admin.run("REVOKE ALL ON DATABASE " + sql_identifier(name) + " FROM PUBLIC", stop));
    for (const auto& row : grants) SU_TRY(admin.run(row[0], stop));

    SU_ASSIGN(
        const auto settings,
        admin.run(
            "select case s.setrole when 0 then pg_catalog.format('ALTER DATABASE %I '," + sql_literal(name) +
                ") else pg_catalog.format('ALTER ROLE %I IN DATABASE %I ', r.rolname," + sql_literal(name) +
                ") end, pg_catalog.split_part(c, '=', 1), pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1)"
                " from pg_catalog.pg_db_role_setting s join pg_catalog.pg_database d on d.oid = s.setdatabase"
                " left join pg_catalog.pg_roles r on r.oid = s.setrole, pg_catalog.unnest(s.setconfig) c" +
                where,
            stop));
    for (const auto& row : settings) {
        if (row.size() != 3)
            return Error{
                Errc::invalid, "a setting of database " + printable(present) + " cannot be read", {}};
        if (is_list_setting(row[1])) {
            SU_TRY(admin.run("select pg_catalog.set_config(" + sql_literal(row[1]) + "," +
                                 sql_literal(row[2]) + ", false)",
                             stop));
            SU_TRY(admin.run(row[0] + "SET " + sql_identifier(row[1]) + " FROM CURRENT", stop));
        } else {
            SU_TRY(admin.run(row[0] + "SET " + sql_identifier(row[1]) + " TO" + sql_literal(row[2]), stop));
        }
    }
    return {};
}

Result<void> drop_database(PsqlSession& admin, const std::string& name, std::stop_token stop) {
    for (int i = 0;; ++i) {
        SU_TRY(admin.run(
            "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where datname =" +
                sql_literal(name) + " and pid <> pg_catalog.pg_backend_pid()",
            stop));
        auto dropped = admin.run("DROP DATABASE IF EXISTS " + sql_identifier(name), stop);
        if (dropped) return {};
        if (i >= 3 || dropped.error().code != Errc::tool_failed) return dropped.error();
    }
}

}  // namespace su
