// SPDX-License-Identifier: Apache-2.0
#include "database/tool.hpp"

#include "base/text.hpp"

#include <cctype>

namespace su {

namespace {

bool is_shell_name(std::string_view name) {
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) return false;
    for (const char c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') return false;
    }
    return true;
}

// A URL's password may be percent-encoded; dash's and busybox's printf know octal only.
constexpr std::string_view k_password_from_url = R"sh(case $su_p in
postgres*://*|jdbc:*://*) su_p=${su_p#*://}; su_p=${su_p%%\?*}; su_p=${su_p%@*}; su_p=${su_p#*:}; su_o=
while :; do case $su_p in
*%??*) su_r=${su_p#*%}; su_h=${su_r%"${su_r#??}"}; su_o=$su_o${su_p%%\%*}$(printf "\\$(printf %03o "0x$su_h")"); su_p=${su_r#??};;
*) su_p=$su_o$su_p; break;; esac; done;; esac; )sh";

std::string password_script(const std::string& variable) {
    if (!is_shell_name(variable)) return {};
    std::string script = "su_p=\"${" + variable + "-}\"; ";
    if (variable.ends_with("_FILE")) script = "su_p=$(cat \"${" + variable + "-}\"); ";
    return script + std::string(k_password_from_url) +
           "export PGPASSWORD=\"$su_p\"; unset su_p su_o su_r su_h; ";
}

}  // namespace

std::string connection_script(const Database& db, const std::string& database_name) {
    // The container's own PG* variables (an image for clients has them) must not send the tools elsewhere.
    std::string script = "unset PGHOST PGHOSTADDR PGSERVICE PGOPTIONS PGPASSFILE PGTZ PGDATESTYLE; ";
    const std::string host = !db.connect_host.empty() ? db.connect_host
                             : db.in_server_pod       ? std::string()
                                                      : db.host;
    if (!host.empty()) script += "export PGHOST=" + shell_quote(host) + "; ";
    script +=
        "export PGPORT=" + std::to_string(db.port) + " PGCLIENTENCODING=UTF8 LC_ALL=C PGCONNECT_TIMEOUT=15; ";
    script += "export PGUSER=" + shell_quote(db.user) + "; ";
    script += "export PGDATABASE=" + shell_quote(database_name.empty() ? db.name : database_name) + "; ";
    if (!db.password_env.empty()) script += password_script(db.password_env);
    return script;
}

std::vector<std::string> tool_argv(const Database& db, const std::string& tool,
                                   const std::vector<std::string>& args, const std::string& database_name) {
    std::vector<std::string> argv{
        "sh", "-c", connection_script(db, database_name) + "exec " + shell_quote(tool) + " \"$@\"", "sh"};
    argv.insert(argv.end(), args.begin(), args.end());
    return argv;
}

std::string where_text(const Database& db, const std::string& database_name) {
    return "database " + printable(database_name.empty() ? db.name : database_name) + " in pod " +
           db.exec_in.name_space + "/" + db.exec_in.pod;
}

std::string sql_literal(std::string_view text) {
    // E'' has one meaning under every standard_conforming_strings
    return " E'" + replace_all(replace_all(std::string(text), "\\", "\\\\"), "'", "''") + "'";
}

std::string sql_identifier(std::string_view name) {
    return "\"" + replace_all(std::string(name), "\"", "\"\"") + "\"";
}

Error tool_error(const std::string& tool, const std::string& where, int exit_code, const std::string& said) {
    const std::string text = printable(trim(said.size() > 2000 ? said.substr(said.size() - 2000) : said));
    const bool no_shell =
        contains(text, "executable file not found") || contains(text, "no such file or directory");
    if (exit_code == 127 || exit_code == 126 || (exit_code < 0 && no_shell)) {
        return {Errc::unsupported, tool + " cannot be started for " + where + ": " + text,
                "the container needs a shell and PostgreSQL's client tools"};
    }
    return {Errc::tool_failed,
            tool + " failed for " + where + " (exit " + std::to_string(exit_code) +
                "): " + (text.empty() ? "it said nothing" : text),
            {}};
}

}  // namespace su
