// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include "base/text.hpp"
#include "profile/profile.hpp"
#include "unit/profile/kinds.hpp"

#include <catch2/catch.hpp>

using namespace su;

namespace {

const std::string k_head = "apiVersion: safe-upgrade/v1\nname: test\n";

Result<Profile> load(const std::string& yaml, ProfileOrigin origin = ProfileOrigin::file) {
    return load_profile(yaml, "p.yaml", origin, check_kinds_for_tests());
}

fs::path repository() {
    return fs::path(SU_TEST_DATA).parent_path().parent_path().parent_path().parent_path();
}

/// The messages of a profile that must not load.
std::string mistakes(const std::string& yaml, ProfileOrigin origin = ProfileOrigin::file) {
    const auto profile = load(yaml, origin);
    if (profile) return "loaded";
    CHECK(profile.error().code == Errc::usage);
    return profile.error().message;
}

}  // namespace

TEST_CASE("a full profile is read with all that it says") {
    const auto profile = load(R"(apiVersion: safe-upgrade/v1
name: photos
description: A photo
  library
match: {charts: [photos], images: ["ghcr.io/x/photos-*"], env: [PHOTOS_*, A+B]}
databases:
  - id: main
    kind: postgres
    env: {url: [DB_URL, DATABASE_URL], host: DB_HOST, port: P, user: U, password: W, name: N}
    tables:
      - {name: asset, aliases: [assets], label: photos, rule: exact}
      - {name: public.job, rule: tolerance 2.5%}
      - {name: session, rule: ignore}
      - {name: users}
    other-tables: ignore
    schema-version-query: select max(id) from migrations;
checks:
  - kind: http
    service: "${RELEASE}-server"
    port: 2283
    path: /ping
    equals: "7"
  - kind: http
    id: second
    path: /other
    required: false
    on-fail: warn
notes:
  - {from: "<1.120.0", to: ">=1.120.0 <2", severity: manual, text: do this}
backup-note: no files
restart-after-restore: [server]
)");
    REQUIRE(profile);
    CHECK(profile->name == "photos");
    CHECK(profile->description == "A photo library");
    CHECK(profile->match_env == std::vector<std::string>{"PHOTOS_*", "A+B"});
    REQUIRE(profile->databases.size() == 1);
    const auto& database = profile->databases[0];
    CHECK(database.id == "main");
    CHECK(database.env_url == std::vector<std::string>{"DB_URL", "DATABASE_URL"});
    CHECK(database.env_password == std::vector<std::string>{"W"});
    REQUIRE(database.tables.size() == 4);
    CHECK(database.tables[0].aliases == std::vector<std::string>{"assets"});
    CHECK(database.tables[0].rule == CountRule::exact);
    CHECK(database.tables[1].rule == CountRule::tolerance);
    CHECK(database.tables[1].tolerance_percent == Approx(2.5));
    CHECK(database.tables[2].rule == CountRule::ignore);
    CHECK(database.tables[3].rule == CountRule::not_less);
    CHECK(database.other_tables == CountRule::ignore);
    REQUIRE(profile->checks.size() == 2);
    CHECK(profile->checks[0].id == "http");
    CHECK(profile->checks[0].required);
    CHECK(profile->checks[0].where == "p.yaml:18");
    CHECK(profile->checks[0].params ==
          Json::parse(R"({"service":"${RELEASE}-server","port":2283,"path":"/ping","equals":"7"})"));
    CHECK(profile->checks[1].fail_is_warning);
    CHECK_FALSE(profile->checks[1].required);
    REQUIRE(profile->notes.size() == 1);
    CHECK(profile->notes[0].severity == "manual");
    CHECK(profile->restart_after_restore == std::vector<std::string>{"server"});
}

TEST_CASE("all mistakes are told at once, each with its line and the nearest name") {
    CHECK(mistakes(R"(apiVersion: safe-upgrade/v1
nmae: photos
databases:
  - kind: postgras
    tables: [{name: a, rule: exakt}]
checks:
  - kind: htpp
  - kind: http
    bodycontains: x
notes:
  - {from: "1.x", text: t}
)") == "p.yaml:1: a profile needs 'name'\n"
       "p.yaml:2: unknown key 'nmae' in a profile; did you mean 'name'?\n"
       "p.yaml:4: 'kind' of a database is 'postgras', not one of postgres; did you mean 'postgres'?\n"
       "p.yaml:5: 'rule' of a table is 'exakt', not one of not-less, exact, ignore, tolerance N%; did you "
       "mean 'exact'?\n"
       "p.yaml:7: unknown check kind 'htpp'; did you mean 'http'?\n"
       "p.yaml:8: a check of kind 'http' needs 'path'\n"
       "p.yaml:9: unknown key 'bodycontains' in a check of kind 'http'; did you mean 'body-contains'?\n"
       "p.yaml:11: 'from' of a note: '1.x' is no version range; write '<2.0.0' or '>=1.119.0 <1.120.0'");
}

TEST_CASE("a value of the wrong type is a mistake that says both types") {
    CHECK(mistakes(k_head + "description: 5\n") ==
          "p.yaml:3: 'description' of a profile must be a text, not a number: put it in quotes");
    CHECK(mistakes(k_head + "match: [a]\n") == "p.yaml:3: match must be a map");
    CHECK(mistakes(k_head + "checks: {kind: http}\n") == "p.yaml:3: 'checks' of a profile must be a list");
    CHECK(mistakes(k_head + "checks: [{kind: images, required: 1}]\n") ==
          "p.yaml:3: 'required' of a check of kind 'images' must be true or false, not a number");
    CHECK(mistakes(k_head + "databases: [{env: {host: [[A]]}}]\n") ==
          "p.yaml:3: 'host' of env must hold texts, not a list");
    CHECK(mistakes("- a\n") ==
          "p.yaml:1: a profile must be a map\np.yaml:1: a profile needs 'apiVersion'\n"
          "p.yaml:1: a profile needs 'name'");
}

TEST_CASE("what is given twice is a mistake") {
    CHECK(contains(mistakes(k_head + "name: other\n"), "p.yaml:3: key 'name' of a profile is given twice"));
    CHECK(contains(mistakes(k_head + "checks: [{kind: images}, {kind: images}]\n"),
                   "the check id 'images' is given twice"));
    CHECK(contains(mistakes(k_head + "databases: [{}, {}]\n"), "the database id 'database' is given twice"));
    CHECK(contains(mistakes(k_head + "databases: [{tables: [{name: a}, {name: b, aliases: [a]}]}]\n"),
                   "the table 'a' is given twice"));
}

TEST_CASE("another apiVersion is refused by name") {
    CHECK(mistakes("apiVersion: safe-upgrade/v2\nname: a\n") ==
          "p.yaml:1: apiVersion 'safe-upgrade/v2' is not known; this program reads safe-upgrade/v1");
}

TEST_CASE("small languages are checked: globs, ranges, tolerances, names of variables, queries") {
    const auto wrong = [](const std::string& yaml) { return mistakes(k_head + yaml); };
    CHECK(contains(wrong("match: {images: ['*']}"), "would match every image"));
    CHECK(contains(wrong("match: {images: ['a/b:v1']}"), "must have no tag"));
    CHECK(load(k_head + "match: {images: ['localhost:5000/a/b*']}"));
    CHECK(contains(wrong("match: {images: ['a b']}"), "is no image name"));
    CHECK(contains(wrong("match: {env: ['A+']}"), "is no name of an environment variable"));
    CHECK(contains(wrong("match: {charts: ['*']}"), "is no chart name"));
    CHECK(contains(wrong("notes: [{to: '>= 2', text: a}]"), "is no version range"));
    CHECK(contains(wrong("notes: [{to: '~2.0', text: a}]"), "is no version range"));
    CHECK(contains(wrong("notes: [{text: a}]"), "a note needs 'from', 'to' or both"));
    CHECK(contains(wrong("databases: [{tables: [{name: a, rule: tolerance 0%}]}]"),
                   "a tolerance is written as"));
    CHECK(contains(wrong("databases: [{tables: [{name: a, rule: tolerance 5}]}]"),
                   "a tolerance is written as"));
    CHECK(contains(wrong("databases: [{env: {password: 'X\"; rm -rf /; \"'}}]"),
                   "is no name of an environment variable"));
    CHECK(contains(wrong("databases: [{schema-version-query: 'delete from a'}]"), "must be a select"));
    CHECK(contains(wrong("databases: [{schema-version-query: 'select 1; drop table a'}]"),
                   "must be one statement"));
    CHECK(
        contains(wrong("databases: [{schema-version-query: 'select 1 \\! id'}]"), "must have no backslash"));
    CHECK(contains(wrong("databases: [{tables: [{name: 'a\"b'}]}]"), "is no table name"));
}

TEST_CASE("a chart's profile must not run commands or name local files") {
    const std::string yaml = k_head + "checks:\n  - {kind: script, script: /tmp/x}\n";
    CHECK(load(yaml, ProfileOrigin::file));
    CHECK(load(yaml, ProfileOrigin::embedded));
    const auto text = mistakes(yaml, ProfileOrigin::chart);
    CHECK(contains(text, "p.yaml:4: a chart's profile must not run a command (kind 'script')"));
    CHECK(contains(text, "p.yaml:4: a chart's profile must not name a local file ('script')"));
}

TEST_CASE("hostile text ends in a message, never in a crash") {
    SECTION("too large") {
        CHECK(contains(mistakes(k_head + std::string(300 * 1024, '#')), "a profile may have"));
    }
    SECTION("no YAML") {
        CHECK(contains(mistakes(k_head + "match: [a\nb: }"), "no valid YAML"));
    }
    SECTION("deep") {
        const std::string deep(5000, '[');
        CHECK_FALSE(load(k_head + "checks: " + deep));
        CHECK_FALSE(load(k_head + "checks: [{kind: http, path: " + std::string(60, '[') +
                         std::string(60, ']') + "}]"));
    }
    SECTION("a bomb of anchors") {
        std::string yaml =
            k_head + "checks:\n  - kind: http\n    path: x\n    equals:\n      - &a [x,x,x,x,x,x,x,x,x]\n";
        for (char c = 'b'; c < 'k'; ++c) {
            yaml += std::string("      - &") + c + " [";
            for (int i = 0; i < 9; ++i) yaml += std::string(i > 0 ? ",*" : "*") + static_cast<char>(c - 1);
            yaml += "]\n";
        }
        CHECK(contains(mistakes(yaml), "too deep or too large"));
    }
    SECTION("a cycle") {
        CHECK(contains(mistakes(k_head + "checks: [{kind: http, path: &a [*a]}]"), "too deep"));
    }
    SECTION("NUL") {
        CHECK(mistakes(k_head + std::string("a: b\0c", 6)) ==
              "p.yaml:3: control character \\x00 is not allowed");
    }
    SECTION("terminal escapes") {
        CHECK(mistakes(k_head + "\"\\e[31mred\": 1\n") ==
              "p.yaml:3: unknown key '\\x1b[31mred' in a profile");
        CHECK(contains(mistakes(k_head + "\x1b[31m: 1\n"), "control character"));
    }
    SECTION("nothing") {
        CHECK(mistakes("") == "p.yaml:1: the profile is empty");
        CHECK(mistakes("# only\n") == "p.yaml:1: the profile is empty");
        CHECK(contains(mistakes(k_head + "---\n" + k_head), "a profile is one YAML document"));
    }
    SECTION("many mistakes are cut") {
        std::string yaml = k_head;
        for (int i = 0; i < 200; ++i) yaml += "zzzzzzzzz" + std::to_string(i) + ": 1\n";
        CHECK(split_lines(mistakes(yaml)).size() == 51);
    }
}

TEST_CASE("every prefix of a profile loads or is refused, and every byte changed too") {
    const std::string yaml(embedded_profiles().back().yaml);
    for (std::size_t length = 0; length < yaml.size(); length += 37) {
        (void)load(yaml.substr(0, length)).has_value();
        std::string changed = yaml;
        changed[length] = "\"'[]{}:&*!|>%@`\t\n\xff"[length % 18];
        (void)load(changed).has_value();
    }
    SUCCEED();
}

TEST_CASE("the demonstration chart's profile loads as a chart's profile") {
    const auto text = read_file(repository() / "tests/apps/photos/safe-upgrade.yaml");
    REQUIRE(text);
    const auto profile = load_profile(*text, "photos", ProfileOrigin::chart, check_kinds_for_tests());
    if (!profile) FAIL(profile.error().message);
    CHECK(profile->databases.at(0).tables.at(0).aliases == std::vector<std::string>{"assets"});
}

TEST_CASE("the documentation's example loads") {
    const auto text = read_file(repository() / "docs/reference/profile.md");
    REQUIRE(text);
    const auto begin = text->find("```yaml\n");
    REQUIRE(begin != std::string::npos);
    const auto end = text->find("```", begin + 8);
    const auto profile = load(text->substr(begin + 8, end - begin - 8));
    if (!profile) FAIL(profile.error().message);
    CHECK(profile->checks.size() >= 3);
}
