// SPDX-License-Identifier: Apache-2.0
#include "logs/scan.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace su;

namespace {

struct Row {
    std::string line;
    Severity severity;
};

void check(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        INFO(row.line);
        CHECK(static_cast<int>(line_severity(row.line)) == static_cast<int>(row.severity));
    }
}

}  // namespace

TEST_CASE("JSON lines say their level by name or number, at the top level only") {
    check({
        {R"({"level":"error","msg":"boom"})", Severity::error},
        {R"({"ts":1,"severity":"CRITICAL","message":"x"})", Severity::fatal},
        {R"({"level":"info","msg":"error handler installed","ctx":{"level":"error"}})", Severity::info},
        {R"({"msg":"said \"level\":\"error\" once","level":30})", Severity::info},
        {R"({"name":"app","level":50,"msg":"x"})", Severity::error},
        {R"({"level":60})", Severity::fatal},
        {R"({"short_message":"x","level":3})", Severity::error},
        {R"({"t":{"$date":"2026"},"s":"E","c":"STORAGE","msg":"x"})", Severity::error},
        {R"({"msg":"failed with error","error":"x"})", Severity::error},
        {R"({"msg":"done","error":null})", Severity::none},
        {R"({"cut":"a line that was)", Severity::none},
    });
}

TEST_CASE("logfmt and klog") {
    check({
        {"time=2026-11-21T11:42:21Z level=error msg=\"cannot\"", Severity::error},
        {"ts=1 lvl=eror msg=x", Severity::error},
        {"time=x level=\"warning\" msg=\"error follows\"", Severity::warning},
        {"loglevel=error level=info msg=x", Severity::info},
        {"E1121 11:42:21.123456       1 controller.go:12] sync failed", Severity::error},
        {"I1121 11:42:21.123456       1 controller.go:12] no error at all, ERROR", Severity::info},
        {"F1121 11:42:21.123456       1 main.go:1] x", Severity::fatal},
    });
}

TEST_CASE("plain text: the level at the head decides over words in the message") {
    check({
        {"2026-11-21T11:42:21Z ERROR thumbnail worker lost connection", Severity::error},
        {"2026-11-21T11:42:21Z INFO retry after ERROR 5", Severity::info},
        {"2026-11-21T11:42:21Z WARN waiting for PostgreSQL: connection error", Severity::warning},
        {"\x1b[32m[Nest] 7  - \x1b[39m11/21/2026, 11:42:21 AM \x1b[31m  ERROR\x1b[39m [Api] boom",
         Severity::error},
        {"2026-11-21 11:42:21.000 UTC [31] FATAL:  password authentication failed", Severity::fatal},
        {"2026-11-21 11:42:21.000 UTC [31] LOG:  could not receive data: error", Severity::info},
        {"2026/11/21 11:42:21 [error] 31#31: *1 open() failed", Severity::error},
        {"2026/11/21 11:42:21 [notice] 1#1: no error", Severity::info},
        {"FATAL: cannot parse config key xyz", Severity::fatal},
        {"CRITICAL battery", Severity::fatal},
    });
}

TEST_CASE("plain text without a level: words of failure, and good news stays good") {
    check({
        {"Error: Cannot find module 'x'", Severity::error},
        {"an error occurred", Severity::error},
        {"3 errors found", Severity::error},
        {"panic: runtime error: index out of range", Severity::fatal},
        {"thread 'main' panicked at src/main.rs:1", Severity::fatal},
        {"Traceback (most recent call last):", Severity::error},
        {"Unhandled promise rejection", Severity::error},
        {"QueryFailedError: relation \"assets\" does not exist", Severity::error},
        {"java.lang.NullPointerException: x", Severity::error},
        {"0 errors", Severity::none},
        {"finished with no error", Severity::none},
        {"completed without errors", Severity::none},
        {"errors: 0, warnings: 3", Severity::none},
        {"error=null", Severity::none},
        {"error_log /dev/stderr;", Severity::none},
        {"terrors of the night", Severity::none},
        {"GET /api/error-page 200", Severity::error},
        {"all is well", Severity::none},
        {"", Severity::none},
        {std::string("\xff\xfe\x00 error", 9), Severity::error},
    });
}

TEST_CASE("templates: the same message with other numbers is one") {
    const auto same = [](const std::string& a, const std::string& b) {
        INFO(line_template(a) << "  |  " << line_template(b));
        CHECK(line_template(a) == line_template(b));
    };
    same("2026-11-21T11:42:21Z ERROR lost connection to queue (job 1000)",
         "2026-11-21T11:42:22.51+02:00 ERROR lost connection to queue (job 17)");
    same("cannot open '/a/b.jpg' of 10.0.0.1:5432", "cannot open '/c.png' of 192.168.1.20:41");
    same("asset 3f2504e0-4f89-11d3-9a0c-0305e82c3301 failed",
         "asset 00000000-4f89-11d3-9a0c-0305e82c33ff failed");
    same("object deadbeef01 at 0x7ffe12", "object 0123456789abcdef at 0x1");
    same(R"({"level":"error","time":1,"msg":"job 5 failed"})",
         R"({"level":"error","time":2,"msg":"job 6 failed"})");
    CHECK(line_template("can't open it, won't try") == "can't open it, won't try");
    CHECK(line_template("ERROR a") != line_template("ERROR b"));
    CHECK(line_template("\x1b[31mERROR\x1b[0m x\x07") == "ERROR x\\x07");
    CHECK(line_template(std::string(5000, 'x')).size() <= 300);
}

TEST_CASE("a stack trace is one error with its head") {
    auto scanner = LogScanner::create({});
    REQUIRE(scanner);
    for (const char* line :
         {"starting", "Traceback (most recent call last):", "  File \"a.py\", line 1, in <module>",
          "    run()", "psycopg2.errors.UndefinedTable: relation \"assets\" does not exist", "",
          "During handling of the above exception, another exception occurred:", "",
          "Traceback (most recent call last):", "  File \"b.py\", line 2", "RuntimeError: gave up",
          "listening", "ERROR Exception in ASGI application",
          "Traceback (most recent call last):", "  File \"c.py\", line 3", "ValueError: bad", "Error: cannot",
          "    at Function.x (error.js:1:2)", "    at main"}) {
        scanner->feed(line, "");
    }
    CHECK(scanner->lines() == 19);
    CHECK(scanner->errors() == 3);
    const auto patterns = scanner->patterns();
    REQUIRE(patterns.size() == 3);
    CHECK(std::any_of(patterns.begin(), patterns.end(), [](const auto& p) {
        return p.text == "psycopg<n>.errors.UndefinedTable: relation <str> does not exist";
    }));
}

TEST_CASE("a traceback cut at the log's end is still an error") {
    auto scanner = LogScanner::create({});
    REQUIRE(scanner);
    scanner->feed("Traceback (most recent call last):", "t");
    CHECK(scanner->errors() == 1);
    CHECK(scanner->patterns().size() == 1);
}

TEST_CASE("the scanner counts, ignores, keeps the window and stays small") {
    auto scanner = LogScanner::create({"favicon", "^GET "});
    REQUIRE(scanner);
    scanner->feed("ERROR no favicon.ico", "2026-11-21T11:42:21.000000001Z");
    scanner->feed("GET /error 500", "2026-11-21T11:42:22Z");
    for (int i = 0; i < 40; ++i) {
        scanner->feed("ERROR worker " + std::to_string(i) + " is lost", "2026-11-21T11:42:23Z");
    }
    CHECK(scanner->errors() == 40);
    REQUIRE(scanner->patterns().size() == 1);
    CHECK(scanner->patterns()[0].count == 40);
    CHECK(scanner->patterns()[0].example == "ERROR worker 0 is lost");
    CHECK(scanner->first_timestamp() == "2026-11-21T11:42:21.000000001Z");
    CHECK(scanner->last_timestamp() == "2026-11-21T11:42:23Z");
    for (int i = 0; i < 2000; ++i) {
        std::string name;
        for (int n = i + 1; n > 0; n /= 26) name += static_cast<char>('a' + n % 26);
        scanner->feed("ERROR in " + name, "");
    }
    CHECK(scanner->patterns().size() <= 501);
    CHECK(scanner->errors() == 2040);
}

TEST_CASE("a wrong expression is told") {
    const auto scanner = LogScanner::create({"(open"});
    REQUIRE_FALSE(scanner);
    CHECK(scanner.error().code == Errc::usage);
    CHECK_THAT(scanner.error().message, Catch::Contains("(open"));
}
