// SPDX-License-Identifier: Apache-2.0
#include "unit/checks/support.hpp"

using namespace su;
using namespace su::test;

namespace {

const std::string k_log = "photos-server-5d4-abcde/server";

void write_errors(World& world, int count) {
    auto& lines = world.cluster.log_lines[k_log];
    lines.emplace_back("2026-11-21T11:50:02Z", "INFO starting");
    for (int i = 0; i < count; ++i) {
        lines.emplace_back("2026-11-21T11:50:03Z",
                           "ERROR lost job " + std::to_string(i) + " password=hunter2");
    }
}

}  // namespace

TEST_CASE("few errors pass, more than allowed fail, with an example and the window") {
    World world;
    write_errors(world, 5);
    require(world.run("log_errors"), Verdict::pass, "5 error lines in the 6 lines seen of 1 container");
    require(world.run("log_errors", "max: 4"), Verdict::fail, "5 error lines, more than 4");
    const auto result = world.run("log_errors", "max: 0");
    CHECK_THAT(result.details.at(0), Catch::StartsWith("5 x ERROR lost job 0"));
    CHECK_THAT(join(result.details, "\n"), !Catch::Contains("hunter2"));
    CHECK_THAT(result.details.at(1), Catch::Contains("from 2026-11-21T11:50:02Z to 2026-11-21T11:50:03Z"));
    require(world.run("log_errors", "{max: 0, ignore: [lost job]}"), Verdict::pass, "no errors");
    require(world.run("log_errors", "{ignore: ['(']}"), Verdict::error, "regular expression");
}

TEST_CASE("kinds of errors that the baseline has are known, others are new and listed first") {
    World world;
    world.has_baseline = true;
    write_errors(world, 9);
    world.baseline.logs = {
        {"photos-server/server", 10, 2, {mask_text(line_template("ERROR lost job 1 password=x"))}}};
    require(world.run("log_errors"), Verdict::warn, "9 error lines, more than 5");
    world.cluster.log_lines[k_log].emplace_back("2026-11-21T11:50:04Z", "ERROR no such column");
    const auto result = world.run("log_errors");
    require(result, Verdict::warn, "1 kind that the baseline did not have");
    CHECK(result.details.at(0) == "new: 1 x ERROR no such column");
}

TEST_CASE("a log that rotated is never free of errors") {
    World world;
    world.cluster.log_lines[k_log] = {{"2026-11-21T11:58:00Z", "INFO late"}};
    const auto result = world.run("log_errors");
    require(result, Verdict::warn, "1 log not seen whole (rotated)");
    CHECK_THAT(result.details.at(0), Catch::Contains("begins only at 2026-11-21T11:58:00Z"));
}

TEST_CASE("a quiet log whose beginning is there was seen whole") {
    World world;
    world.scope.pods[0]["status"]["containerStatuses"][0]["state"]["running"]["startedAt"] =
        "2026-11-21T10:00:00Z";
    world.cluster.log_lines[k_log] = {{"2026-11-21T10:00:01Z", "INFO start"},
                                      {"2026-11-21T11:58:00Z", "INFO late"}};
    require(world.run("log_errors"), Verdict::pass, "no errors in the 1 line seen");
}

TEST_CASE("a log that was full before and is empty now was rotated away whole") {
    World world;
    world.has_baseline = true;
    world.baseline.logs = {{"photos-server/server", 10, 0, {}}};
    require(world.run("log_errors"), Verdict::warn, "not seen whole");
    world.has_baseline = false;
    require(world.run("log_errors"), Verdict::pass, "1 of them has logged nothing");
}

TEST_CASE("a crashed container's previous log is read, and one that cannot be read is an error") {
    World world;
    world.scope.pods[0]["status"]["containerStatuses"][0]["lastState"]["terminated"] =
        yaml("{exitCode: 1, startedAt: '2026-11-21T11:50:00Z', finishedAt: '2026-11-21T11:50:01Z'}");
    write_errors(world, 0);
    world.cluster.log_lines[k_log + "/previous"] = {{"2026-11-21T11:50:01Z", "FATAL: cannot parse"}};
    require(world.run("log_errors", "max: 0"), Verdict::fail, "1 error line");
    world.cluster.failures[k_log + "/previous"] = {Errc::cut, "the log was cut", {}};
    require(world.run("log_errors"), Verdict::error, "1 log could not be read");
}
