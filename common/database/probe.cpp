// SPDX-License-Identifier: Apache-2.0
#include "database/probe.hpp"

#include "base/text.hpp"
#include "database/tool.hpp"

namespace su {

namespace {

// the last pattern is how restore names its side copies
constexpr const char* k_question =
    "select pg_catalog.current_setting('server_version_num'), pg_catalog.current_setting('server_version'),"
    " pg_catalog.pg_database_size(pg_catalog.current_database()), pg_catalog.pg_is_in_recovery(),"
    " (select coalesce(pg_catalog.json_agg(datname)::text, '[]') from pg_catalog.pg_database where "
    "datallowconn and not"
    " datistemplate and datname <> 'postgres' and datname !~ '_(su|replaced|undone)_[0-9]{8}_[0-9]{6}$')";

/// "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)" -> "15.18"
std::string tool_version(const std::string& line) {
    const auto at = line.find(") ");
    if (!line.starts_with("pg_dump (") || at == std::string::npos) return {};
    return line.substr(at + 2, line.find_first_of(" \n", at + 2) - at - 2);
}

int major_of(const std::string& version) {
    return static_cast<int>(
        parse_int(version.substr(0, version.find_first_not_of("0123456789"))).value_or(0));
}

}  // namespace

Result<Probe> probe(ClusterReader& reader, Database& db, std::stop_token stop) {
    ExecRequest request;
    request.where = db.exec_in;
    request.idle = std::chrono::seconds{30};
    request.argv = {"sh",      "-c",   connection_script(db) + "psql \"$@\" && pg_dump --version",
                    "sh",      "-X",   "-q",
                    "-A",      "-t",   "-w",
                    "-F",      "\x1f", "-c",
                    k_question};
    SU_ASSIGN(const auto output, reader.exec_query(request, {}, stop));
    const auto lines = split_lines(output.out);
    if (output.exit_code != 0) {
        const bool connected = !lines.empty();
        return tool_error(connected ? "pg_dump" : "psql", where_text(db), output.exit_code, output.err);
    }
    const auto fields = lines.empty() ? std::vector<std::string>{} : split(lines[0], '\x1f');
    if (lines.size() < 2 || fields.size() != 5) {
        return Error{Errc::cut, "psql's answer for " + where_text(db) + " is incomplete", {}};
    }
    db.server_version_num = static_cast<int>(parse_int(fields[0]).value_or(0));
    db.server_version = printable(fields[1].substr(0, fields[1].find(' ')));  // without the packager's words
    db.size_bytes = static_cast<std::uint64_t>(parse_int(fields[2]).value_or(0));
    db.tools_version = printable(tool_version(lines.back()));
    if (major_of(db.tools_version) < db.server_version_num / 10'000) {
        return Error{Errc::unsupported,
                     "pg_dump " + db.tools_version + " in pod " + db.exec_in.name_space + "/" +
                         db.exec_in.pod + " is older than the server " + db.server_version,
                     {}};
    }
    Probe result;
    result.in_recovery = fields[3] == "t";
    SU_ASSIGN(const auto names, parse_json(fields[4], "psql's list of databases"));
    for (const auto& name : names) {
        if (name.is_string()) result.databases.push_back(name.get<std::string>());
    }
    return result;
}

}  // namespace su
