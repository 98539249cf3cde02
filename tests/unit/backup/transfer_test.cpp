// SPDX-License-Identifier: Apache-2.0
// The pod's script runs here for real, with fake PostgreSQL tools and with stages that die.
#include "backup/admin.hpp"
#include "backup/receive.hpp"
#include "backup/scripts.hpp"
#include "backup/send.hpp"
#include "base/digest.hpp"
#include "unit/support/local_exec.hpp"

#include <catch2/catch.hpp>

using namespace su;
using namespace su::test;

namespace {

struct Bench {
    TempDir temp = std::move(*TempDir::create());
    LocalCluster cluster;
    std::string dump;
    Database db;

    Bench() {
        for (int i = 0; i < 200'000; ++i) dump += std::to_string(i * 7919) + "\n";
        std::ofstream(temp.path() / "data") << dump;
        const std::string data = (temp.path() / "data").string();
        put_tool(temp.path(), "pg_dump", "cat " + data);
        put_tool(temp.path(), "pg_restore",
                 "case $1 in -l) echo '; c'; echo '1; 0 2 TABLE DATA public photos me';; -f) cat "
                 ">/dev/null;; *) cat >" +
                     (temp.path() / "restored").string() + ";; esac");
        // e.g. a folder of links to busybox: the script must work with its shell and tools too
        const char* tools = std::getenv("SU_TEST_POD_TOOLS");
        cluster.path = temp.path().string() + ":" + (tools != nullptr ? tools : "/usr/bin:/bin");
        db.name = "photos";
        db.user = "me";
        db.in_server_pod = true;
    }
    Result<Received> receive() {
        auto file = AtomicFile::create(temp.path() / "out.gz");
        ReceiveRequest request;
        request.exec.argv = dump_argv(db, {"-Fc"});
        request.exec.idle = std::chrono::seconds{15};
        request.stages = k_dump_stages;
        request.what = "dump";
        auto received = receive_stream(cluster, request, *file, {}, {});
        if (received) REQUIRE(file->commit());
        return received;
    }
};

}  // namespace

TEST_CASE("a dump comes whole and proven") {
    Bench bench;
    const auto received = bench.receive();
    REQUIRE(received);
    CHECK(received->digest.raw_length == bench.dump.size());
    CHECK(received->digest.raw_sha256 == sha256_hex(bench.dump));
    CHECK(received->contents == std::vector<std::string>{"1; 0 2 TABLE DATA public photos me"});
    CHECK(*gunzip(*read_file(bench.temp.path() / "out.gz")) == bench.dump);
}

TEST_CASE("a stage that dies is an error that names it, never a hang and never a file") {
    struct Row {
        const char* tool;
        const char* body;
        const char* words;
    };
    for (const Row& row : {
             Row{"pg_dump", "head -c 300000 /dev/zero; echo 'no such role' >&2; exit 1",
                 "pg_dump ended with 1: no such role"},
             Row{"pg_dump", "head -c 300000 /dev/zero; kill -9 $$", "pg_dump was ended by signal 9"},
             Row{"pg_dump", "exit 3", "pg_dump ended with 3"},
             Row{"gzip", "head -c 1000 >/dev/null; kill -9 $$", "gzip was ended by signal 9"},
             Row{"sha256sum", "head -c 1000 >/dev/null; kill -9 $$", "sha_"},
             Row{"wc", "exit 1", "len_"},
             Row{"tee", "for f; do exec 9>$f; done; head -c 1000 >/dev/null; kill -9 $$", "tee_"},
             Row{"pg_restore", "head -c 1000 >/dev/null; echo broken >&2; exit 1",
                 "pg_restore ended with 1: broken"},
             Row{"pg_restore", "kill -9 $$", "pg_restore was ended by signal 9"},
         }) {
        INFO(row.tool << ": " << row.body);
        Bench bench;
        put_tool(bench.temp.path(), row.tool, row.body);
        const auto received = bench.receive();
        REQUIRE_FALSE(received);
        INFO(received.error().message);
        CHECK(received.error().message.find(row.words) != std::string::npos);
        CHECK(received.error().code == Errc::tool_failed);
        CHECK_FALSE(fs::exists(bench.temp.path() / "out.gz"));
        CHECK_FALSE(fs::exists(bench.temp.path() / "out.gz.partial"));
    }
}

TEST_CASE("a stage that dies before it has opened its pipes", "[.slow]") {
    for (const char* tool : {"tee", "pg_dump", "gzip"}) {
        INFO(tool);
        Bench bench;
        put_tool(bench.temp.path(), tool, "sleep 1");
        if (std::string(tool) == "tee") put_tool(bench.temp.path(), tool, "kill -9 $$");
        const auto received = bench.receive();
        REQUIRE_FALSE(received);
        CHECK((received.error().code == Errc::tool_failed || received.error().code == Errc::corrupt));
    }
}

TEST_CASE("wrong sums, cut lines and missing tools") {
    Bench bench;
    SECTION("a sum that differs") {
        put_tool(bench.temp.path(), "sha256sum", "cat >/dev/null; printf '%064d  -\\n' 0");
        CHECK(bench.receive().error().code == Errc::corrupt);
    }
    SECTION("a length that is too long") {
        put_tool(bench.temp.path(), "wc", "n=$(/usr/bin/wc -c); echo $((n - 1))");
        CHECK(bench.receive().error().code == Errc::corrupt);
    }
    SECTION("the line is cut") {
        bench.cluster.cut_after = 50'000;
        CHECK(bench.receive().error().code == Errc::cut);
    }
    SECTION("the shell is killed") {
        put_tool(bench.temp.path(), "pg_dump", "head -c 300000 /dev/urandom; kill -9 $PPID; sleep 1");
        const auto received = bench.receive();
        REQUIRE_FALSE(received);
        INFO(received.error().message);
        CHECK((received.error().code == Errc::cut || received.error().code == Errc::timed_out));
    }
    SECTION("no pg_restore") {
        fs::remove(bench.temp.path() / "pg_restore");
        const auto only = bench.temp.path() / "only";
        fs::create_directory(only);
        for (const char* tool :
             {"sh", "mkfifo", "mktemp", "sha256sum", "tee", "wc", "tail", "tr", "cat", "gzip", "rm"}) {
            fs::create_symlink(fs::path("/usr/bin") / tool, only / tool);
        }
        bench.cluster.path = only.string();
        const auto received = bench.receive();
        CHECK(received.error().code == Errc::unsupported);
        CHECK(received.error().message.find("pg_restore") != std::string::npos);
    }
    SECTION("no script at all") {
        put_tool(bench.temp.path(), "sh", "exit 127");
        CHECK(bench.receive().error().code == Errc::unsupported);
    }
}

TEST_CASE("verify_artifact finds every damage") {
    Bench bench;
    const auto received = bench.receive();
    REQUIRE(received);
    Artifact artifact;
    artifact.file = "out.gz";
    artifact.kind = "postgres";
    artifact.length = received->digest.length;
    artifact.sha256 = received->digest.sha256;
    artifact.facts = {{"raw_length", received->digest.raw_length},
                      {"raw_sha256", received->digest.raw_sha256}};
    REQUIRE(verify_artifact(bench.temp.path(), artifact, {}));
    const std::string good = *read_file(bench.temp.path() / "out.gz");
    const auto damaged = [&](const std::string& bytes) {
        std::ofstream(bench.temp.path() / "out.gz", std::ios::trunc) << bytes;
        return !verify_artifact(bench.temp.path(), artifact, {}).has_value();
    };
    for (std::size_t keep = 0; keep < good.size(); keep += 1 + good.size() / 20)
        CHECK(damaged(good.substr(0, keep)));
    for (std::size_t keep = good.size() - 12; keep < good.size(); ++keep)
        CHECK(damaged(good.substr(0, keep)));
    CHECK(damaged(good + "x"));
    for (std::size_t at = 0; at < good.size(); at += 1 + good.size() / 20) {
        std::string flipped = good;
        flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
        CHECK(damaged(flipped));
    }
    CHECK_FALSE(damaged(good));
    artifact.facts["raw_sha256"] = std::string(64, '0');
    CHECK(damaged(good));
    artifact.file = "../out.gz";
    CHECK_FALSE(verify_artifact(bench.temp.path() / "x", artifact, {}));
}

TEST_CASE("sending a dump back") {
    Bench bench;
    const std::string packed = gzip(bench.dump);
    std::ofstream(bench.temp.path() / "copy.gz") << packed;
    Artifact artifact;
    artifact.file = "copy.gz";
    artifact.length = packed.size();
    artifact.sha256 = sha256_hex(packed);
    SECTION("whole") {
        REQUIRE(send_dump(bench.cluster, bench.db, "new", bench.temp.path(), artifact, {}, {}));
        CHECK(*read_file(bench.temp.path() / "restored") == bench.dump);
    }
    SECTION("pg_restore fails at once") {
        put_tool(bench.temp.path(), "pg_restore", "echo 'permission denied' >&2; exit 1");
        const auto sent = send_dump(bench.cluster, bench.db, "new", bench.temp.path(), artifact, {}, {});
        REQUIRE_FALSE(sent);
        INFO(sent.error().message);
        CHECK(sent.error().code == Errc::tool_failed);
        CHECK(sent.error().message.find("permission denied") != std::string::npos);
    }
    SECTION("other bytes arrive") {
        artifact.sha256 = std::string(64, 'a');
        CHECK(send_dump(bench.cluster, bench.db, "new", bench.temp.path(), artifact, {}, {}).error().code ==
              Errc::corrupt);
    }
    SECTION("the file became shorter") {
        artifact.length += 1;
        CHECK(send_dump(bench.cluster, bench.db, "new", bench.temp.path(), artifact, {}, {}).error().code ==
              Errc::corrupt);
    }
}

TEST_CASE("side names fit PostgreSQL's limit and keep whole characters") {
    CHECK(side_name("photos", "su", "20261121-114221") == "photos_su_20261121_114221");
    const std::string name = side_name(std::string(43, 'a') + "\xc3\xa4\xc3\xa4", "su", "20261121-114221");
    CHECK(name.size() <= 63);
    CHECK(name == std::string(43, 'a') + "_su_20261121_114221");
}
