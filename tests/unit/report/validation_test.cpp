// SPDX-License-Identifier: Apache-2.0
#include "report/validation.hpp"

#include <catch2/catch.hpp>

using namespace su;

namespace {

std::vector<CheckResult> sample() {
    CheckResult well;
    well.id = "workloads_ready";
    well.kind = "workloads_ready";
    well.verdict = Verdict::pass;
    well.message = "4 workloads complete";
    well.details = {"not shown"};
    CheckResult bad;
    bad.id = "row_counts";
    bad.kind = "row_counts";
    bad.verdict = Verdict::fail;
    bad.message = "20 of 2000 photos are gone (1 %) <b>\x1b[31m & postgres://u:hunter2@db/x";
    bad.hint = "stop writers";
    bad.details = {"table assets was renamed to asset"};
    bad.measures = {{"photos", 1980, "rows"}};
    bad.duration = std::chrono::milliseconds{1042};
    CheckResult unseen;
    unseen.id = "http";
    unseen.verdict = Verdict::error;
    unseen.message = "could not look";
    CheckResult skipped;
    skipped.id = "pvc_bound";
    skipped.verdict = Verdict::skip;
    skipped.message = "no claims";
    return {well, bad, unseen, skipped};
}

ValidationHead head() {
    return {"photos", "test", 3, "photos", "baseline of yesterday", "", std::chrono::milliseconds{900}};
}

}  // namespace

TEST_CASE("text: plain words, columns, no colour off a terminal, the summary last") {
    Style plain;
    const std::string text = validation_text(sample(), plain);
    CHECK_THAT(text, Catch::StartsWith("pass   workloads_ready  4 workloads complete\nFAIL   row_counts"));
    CHECK_THAT(text, Catch::Contains("- table assets was renamed to asset\n"));
    CHECK_THAT(text,
               Catch::EndsWith("not well: 1 check failed, 1 check could not look, 1 passed, 1 skipped\n"));
    CHECK_THAT(text,
               !Catch::Contains("not shown") && !Catch::Contains("\x1b") && !Catch::Contains("hunter2"));
    Style coloured;
    coloured.colour = true;
    CHECK_THAT(validation_text(sample(), coloured), Catch::Contains("\x1b[31mFAIL\x1b[0m"));
}

TEST_CASE("JSON is stable and whole") {
    const Json json = validation_json(head(), sample(), 3);
    CHECK(json["exitCode"] == 3);
    CHECK(json["revision"] == 3);
    CHECK(json["checks"].size() == 4);
    CHECK(json["checks"][1]["verdict"] == "fail");
    CHECK(json["checks"][1]["measures"][0]["value"] == 1980);
    CHECK(json["checks"][1]["durationMs"] == 1042);
    CHECK_THAT(json.dump(), !Catch::Contains("hunter2"));
}

TEST_CASE("JUnit: escaped, counted, a test case for each check") {
    const std::string xml = validation_junit(head(), sample());
    CHECK_THAT(xml, Catch::Contains(R"(tests="4" failures="1" errors="1" skipped="1" time="0.900")"));
    CHECK_THAT(xml, Catch::Contains("&lt;b&gt;") && Catch::Contains("&amp;") && !Catch::Contains("<b>"));
    CHECK_THAT(xml, Catch::Contains(R"(name="row_counts" time="1.042")"));
    CHECK_THAT(xml, !Catch::Contains("hunter2") && !Catch::Contains("\x1b"));
}

TEST_CASE("markdown: a table that nothing breaks out of") {
    const std::string text = validation_markdown(head(), sample());
    CHECK_THAT(text, Catch::Contains("| row\\_counts | FAIL | 20 of 2000 photos are gone (1 %) \\<b\\>"));
    CHECK_THAT(text, Catch::Contains("Next: stop writers"));
}
