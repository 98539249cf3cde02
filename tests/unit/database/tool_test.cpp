// SPDX-License-Identifier: Apache-2.0
#include "database/tool.hpp"

#include "base/file.hpp"
#include "unit/support/local_exec.hpp"

#include <catch2/catch.hpp>

using namespace su;
using namespace su::test;

namespace {

Database server_database() {
    Database db;
    db.name = "it's";
    db.user = "u $(touch /tmp/su-never)";
    db.host = "db";
    db.in_server_pod = true;
    return db;
}

/// What a tool sees when it is started by `argv` here.
std::string run(const std::vector<std::string>& argv, const std::string& path) {
    LocalExec exec(argv, path);
    std::string out;
    while (true) {
        const auto chunk = exec.next({}, {});
        REQUIRE(chunk);
        if (chunk->channel == ExecSession::Channel::status) return out;
        out += chunk->data;
    }
}

/// psql that understands markers and three statements.
constexpr const char* k_fake_psql = R"sh(
err=false; msg=
while IFS= read -r line; do case $line in
'\echo '*:ERROR*) m=${line#\\echo }; printf '%s %s 42P01 %s\n' "${m%% *}" "$err" "$msg"; err=false; msg=;;
'\echo '*) printf '%s\n' "${line#\\echo }";;
rows*) printf 'a\nb\0371\000c\037\000';;
bad*) err=true; msg='relation "x" does not exist';;
loud*) echo 'WARNING: something' >&2;;
die*) echo 'FATAL: terminating connection' >&2; exit 2;;
short*) printf 'a\0371\000'; exit 0;;
esac; done)sh";

}  // namespace

TEST_CASE("tools get host, user and database, and quoting holds") {
    const auto temp = TempDir::create();
    REQUIRE(temp);
    put_tool(temp->path(), "psql",
             "printf '%s|' \"${PGHOST-none}\" \"$PGPORT\" \"$PGUSER\" \"$PGDATABASE\" \"${PGPASSWORD-none}\" "
             "\"$@\"");
    const std::string path = temp->path().string() + ":/usr/bin:/bin";
    Database db = server_database();
    CHECK(run(tool_argv(db, "psql", {"-c", "select 'x; $(id)'"}), path) ==
          "none|5432|u $(touch /tmp/su-never)|it's|none|-c|select 'x; $(id)'|");
    db.in_server_pod = false;
    db.password_env = "SU_TEST_PW";
    ::setenv("SU_TEST_PW", "geh'eim", 1);
    CHECK(run(tool_argv(db, "psql", {}, "other"), path) == "db|5432|u $(touch /tmp/su-never)|other|geh'eim|");
    ::setenv("SU_TEST_PW", "postgres://u:a%40b%27%25c@db:1/x?y=z", 1);
    CHECK(run(tool_argv(db, "psql", {}, "other"), path) == "db|5432|u $(touch /tmp/su-never)|other|a@b'%c|");
    std::ofstream(temp->path() / "pw") << "from file\n";
    db.password_env = "SU_TEST_PW_FILE";
    ::setenv("SU_TEST_PW_FILE", (temp->path() / "pw").c_str(), 1);
    CHECK(run(tool_argv(db, "psql", {}, "other"), path) ==
          "db|5432|u $(touch /tmp/su-never)|other|from file|");
    db.password_env = "X; touch /tmp/su-never";
    CHECK(run(tool_argv(db, "psql", {}, "other"), path) == "db|5432|u $(touch /tmp/su-never)|other|none|");
}

TEST_CASE("no argv holds a password") {
    Database db = server_database();
    db.password_env = "DB_PASSWORD";
    for (const auto& word : tool_argv(db, "psql", {})) CHECK_FALSE(contains(word, "geh"));
}

TEST_CASE("literals and identifiers") {
    CHECK(sql_literal("a'b\\c") == " E'a''b\\\\c'");
    CHECK(sql_identifier("a\"b") == "\"a\"\"b\"");
}

TEST_CASE("a psql session: rows, errors, warnings, ends") {
    const auto temp = TempDir::create();
    REQUIRE(temp);
    put_tool(temp->path(), "psql", k_fake_psql);
    LocalCluster cluster;
    cluster.path = temp->path().string() + ":/usr/bin:/bin";
    auto session = PsqlSession::open(cluster, server_database(), {});
    REQUIRE(session);
    const auto rows = session->run("rows", {});
    REQUIRE(rows);
    CHECK(*rows == Rows{{"a\nb", "1"}, {"c", ""}});
    const auto bad = session->run("bad", {});
    REQUIRE_FALSE(bad);
    CHECK(bad.error().code == Errc::tool_failed);
    CHECK(contains(bad.error().message, "relation \"x\" does not exist"));
    CHECK(session->run("loud", {}));
    CHECK(session->run("rows", {})->size() == 2);
    const auto dead = session->run("die", {});
    REQUIRE_FALSE(dead);
    CHECK(contains(dead.error().message, "terminating connection"));
    CHECK_FALSE(session->run("rows", {}));
}

TEST_CASE("an answer that was cut is no short answer") {
    const auto temp = TempDir::create();
    put_tool(temp->path(), "psql", k_fake_psql);
    LocalCluster cluster;
    cluster.path = temp->path().string() + ":/usr/bin:/bin";
    CHECK_FALSE(query(cluster, server_database(), "short", {}));
}

TEST_CASE("a container without psql") {
    const auto temp = TempDir::create();
    std::filesystem::create_symlink("/bin/sh", temp->path() / "sh");
    LocalCluster cluster;
    cluster.path = temp->path().string();
    const auto answer = query(cluster, server_database(), "rows", {});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::unsupported);
}

TEST_CASE("a statement has its deadline") {
    const auto temp = TempDir::create();
    put_tool(temp->path(), "psql", "sleep 0.3");
    LocalCluster cluster;
    cluster.path = temp->path().string() + ":/usr/bin:/bin";
    std::stop_source source;
    source.request_stop();
    const auto answer = query(cluster, server_database(), "rows", source.get_token());
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::cancelled);
}
