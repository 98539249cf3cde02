// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.hpp"

#include <catch2/catch.hpp>

using namespace su;

namespace {

std::string workload(const std::string& kind, const std::string& name, const std::string& image) {
    return "apiVersion: apps/v1\nkind: " + kind + "\nmetadata: {name: " + name +
           "}\nspec:\n  template:\n    spec:\n      containers:\n" + "      - {name: main, image: \"" +
           image + "\"}\n---\n";
}

Facts facts_of(const std::string& old_tag, const std::string& new_tag) {
    Facts facts;
    facts.name_space = "default";
    Release current;
    current.name = "photos";
    current.revision = 4;
    current.status = "deployed";
    current.chart_name = "photos";
    current.chart_version = "1.0.0";
    current.app_version = old_tag;
    current.chart = {{"values", {{"server", {{"logLevel", "info"}}}}}};
    current.config = Json::object();
    current.manifest = workload("Deployment", "server", "registry/server:" + old_tag);
    Release rendered = current;
    rendered.chart_version = "1.1.0";
    rendered.app_version = new_tag;
    rendered.manifest = workload("Deployment", "server", "registry/server:" + new_tag);
    facts.history = {current};
    facts.rendered = rendered;
    facts.preflight = {{"rights", Verdict::pass, "all there", ""}};
    return facts;
}

UpgradeOptions options() {
    UpgradeOptions out;
    out.release = "photos";
    out.chart = "./chart";
    return out;
}

Database database() {
    Database db;
    db.id = "database";
    db.name = "photos";
    db.workload = "StatefulSet/db";
    db.size_bytes = 1 << 20;
    return db;
}

}  // namespace

TEST_CASE("a patch is a patch, a minor a minor, a major a major") {
    CHECK(make_plan(options(), facts_of("1.0.0", "1.0.1"))->risk.risk_class ==
          RiskClass::minor);  // the chart's minor
    auto same_chart = facts_of("1.0.0", "1.0.1");
    same_chart.rendered.chart_version = "1.0.0";
    CHECK(make_plan(options(), same_chart)->risk.risk_class == RiskClass::patch);
    CHECK(make_plan(options(), facts_of("1.0.0", "2.0.0"))->risk.risk_class == RiskClass::major);
    CHECK(make_plan(options(), facts_of("2.0.0", "1.0.0"))->risk.risk_class == RiskClass::major);
}

TEST_CASE("a database image that changes its major is irreversible") {
    auto facts = facts_of("1.0.0", "1.0.1");
    facts.history[0].manifest += workload("StatefulSet", "db", "registry/postgres:15.2");
    facts.rendered.manifest += workload("StatefulSet", "db", "registry/postgres:16.0");
    CHECK(make_plan(options(), facts)->risk.risk_class == RiskClass::irreversible);
}

TEST_CASE("every reason to refuse is said at once") {
    auto facts = facts_of("1.0.0", "1.0.1");
    facts.preflight = {{"rights", Verdict::fail, "may not patch", ""},
                       {"volumes", Verdict::error, "timed out", ""}};
    facts.databases.problems = {{Errc::unreachable, "database photos does not answer", ""}};
    const auto plan = make_plan(options(), facts);
    REQUIRE(plan->refused.size() == 3);
}

TEST_CASE("going without a backup is possible, and said") {
    auto facts = facts_of("1.0.0", "1.0.1");
    facts.databases.databases = {database()};
    CHECK(make_plan(options(), facts)->backups.size() == 2);
    auto without = options();
    without.without_backup = {"database"};
    const auto plan = make_plan(without, facts);
    CHECK(plan->backups.size() == 1);
    REQUIRE(plan->without_backup.size() == 1);
    CHECK(plan->without_backup[0].find("photos") != std::string::npos);
}

TEST_CASE("the plan is the same for the same facts, and another for other values") {
    const auto facts = facts_of("1.0.0", "1.0.1");
    CHECK(make_plan(options(), facts)->fingerprint == make_plan(options(), facts)->fingerprint);
    auto other = facts;
    other.rendered.config = {{"a", 1}};
    CHECK(make_plan(options(), facts)->fingerprint != make_plan(options(), other)->fingerprint);
    auto upgraded = facts;
    upgraded.history[0].revision = 5;
    CHECK(make_plan(options(), facts)->fingerprint != make_plan(options(), upgraded)->fingerprint);
}

TEST_CASE("each step that changes something says how it is undone") {
    const auto plan = make_plan(options(), facts_of("1.0.0", "1.0.1"));
    REQUIRE(plan->steps.size() == 6);
    for (const auto& step : plan->steps) {
        if (step.mutates && step.id != "record") CHECK_FALSE(step.undo.empty());
    }
}
