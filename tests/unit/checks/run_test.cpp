// SPDX-License-Identifier: Apache-2.0
#include "checks/counts.hpp"
#include "unit/checks/support.hpp"

using namespace su;
using namespace su::test;

namespace {

DatabaseSpec photos_rules() {
    DatabaseSpec spec;
    spec.tables = {{"asset", {"assets"}, "photos", CountRule::exact, 0},
                   {"users", {}, "users", CountRule::not_less, 0},
                   {"faces", {}, "faces", CountRule::tolerance, 5},
                   {"sessions", {}, "", CountRule::ignore, 0}};
    return spec;
}

void check_counts(const TableCounts& before, const TableCounts& after, Verdict verdict,
                  const std::string& message) {
    const auto result = checks::compare_counts(before, after, photos_rules());
    INFO(result.message);
    CHECK(std::string(verdict_name(result.verdict)) == verdict_name(verdict));
    CHECK(result.message == message);
}

CheckResult with(Verdict verdict, bool required = true) {
    CheckResult result;
    result.verdict = verdict;
    result.required = required;
    return result;
}

}  // namespace

TEST_CASE("row counts: the findings in a person's words") {
    check_counts({{"public.asset", 2000}, {"public.users", 3}}, {{"public.asset", 2000}, {"public.users", 4}},
                 Verdict::pass, "2 tables: no row is missing (2000 photos, 4 users)");
    check_counts({{"public.assets", 2000}}, {{"public.asset", 1980}}, Verdict::fail,
                 "table assets was renamed to asset; 20 of 2000 photos are gone (1 %)");
    check_counts({{"public.assets", 2000}}, {{"public.asset", 2000}}, Verdict::pass,
                 "1 table: no row is missing (2000 photos)");
    check_counts({{"public.asset", 2003}}, {{"public.asset", 1983}}, Verdict::fail,
                 "20 of 2003 photos are gone (1 %)");
    check_counts({{"public.asset", 100000}}, {{"public.asset", 99999}}, Verdict::fail,
                 "1 of 100000 photos is gone (less than 0.1 %)");
    check_counts({{"public.asset", 1000}}, {{"public.asset", 996}}, Verdict::fail,
                 "4 of 1000 photos are gone (0.4 %)");
    check_counts({{"public.users", 3}}, {{"public.users", 2}}, Verdict::fail, "1 of 3 users is gone (33 %)");
    check_counts({{"public.asset", 5}}, {{"public.asset", 6}}, Verdict::fail, "6 photos, 5 before");
    check_counts({{"public.orders", 7}}, {}, Verdict::fail, "table orders is gone, with 7 rows");
    check_counts({{"public.orders", 7}}, {{"public.orders", 6}}, Verdict::fail,
                 "1 of 7 rows of orders is gone (14 %)");
    check_counts({{"shop.orders", 0}}, {}, Verdict::warn, "table shop.orders is gone, with 0 rows");
    check_counts({{"public.sessions", 7}}, {}, Verdict::pass, "1 table: no row is missing");
    check_counts({{"public.faces", 100}}, {{"public.faces", 96}}, Verdict::pass,
                 "1 table: no row is missing (96 faces)");
    check_counts({{"public.faces", 100}}, {{"public.faces", 90}}, Verdict::fail,
                 "10 of 100 faces are gone (10 %)");
}

TEST_CASE("row counts: a rename that the profile does not know is a warning, not a loss") {
    const auto result = checks::compare_counts({{"public.orders", 70}}, {{"public.order", 70}}, {});
    CHECK(result.verdict == Verdict::warn);
    CHECK_THAT(result.message, Catch::Contains("the new table order holds 70 rows"));
}

TEST_CASE("row counts: the worst finding leads, all are listed") {
    const auto result = checks::compare_counts({{"public.a", 5}, {"public.b", 0}, {"public.z", 9}},
                                               {{"public.a", 6}, {"public.z", 1}}, {});
    CHECK(result.verdict == Verdict::fail);
    CHECK(result.message == "8 of 9 rows of z are gone (89 %)");
    CHECK(result.details.size() == 3);
}

TEST_CASE("only fail is 3, a required check that could not look is 7") {
    CHECK(exit_code_of({with(Verdict::pass), with(Verdict::warn), with(Verdict::skip)}) == 0);
    CHECK(exit_code_of({with(Verdict::error, false)}) == 0);
    CHECK(exit_code_of({with(Verdict::error)}) == 7);
    CHECK(exit_code_of({with(Verdict::error), with(Verdict::fail, false)}) == 3);
}

TEST_CASE("every application gets the standard checks, the profile's own take their place") {
    Profile profile;
    CheckSpec http;
    http.kind = "http";
    CheckSpec restarts;
    restarts.kind = "restarts";
    restarts.params = Json{{"max", 3}};
    profile.checks = {http, restarts};
    std::string kinds;
    for (const auto& spec : checks_for(profile)) kinds += spec.kind + " ";
    CHECK(kinds == "workloads_ready images restarts pvc_bound database row_counts http log_errors ");
    CHECK(int_at(checks_for(profile).at(2).params, {"max"}) == 3);
}

TEST_CASE("results keep the order; unknown kinds, on-fail and interruption are told") {
    World world;
    CheckSpec unknown;
    unknown.kind = "nonsense";
    CheckSpec soft;
    soft.kind = "workloads_ready";
    soft.id = "soft";
    soft.fail_is_warning = true;
    soft.required = false;
    world.scope.missing = {"Job/x"};
    const CheckContext context{
        world.cluster, world.scope, world.profile, world.databases, nullptr, "", 0, {}};
    const auto results =
        run_checks({unknown, soft, unknown, soft, unknown, soft, unknown, soft}, context, {});
    REQUIRE(results.size() == 8);
    CHECK(results[0].verdict == Verdict::error);
    CHECK(results[7].verdict == Verdict::warn);
    CHECK(results[7].id == "soft");
    CHECK_FALSE(results[7].required);
    std::stop_source stop;
    stop.request_stop();
    CHECK(run_checks({soft}, context, stop.get_token())[0].verdict == Verdict::error);
}

TEST_CASE("a release's scope holds what its manifest names, and only that") {
    FakeCluster cluster;
    cluster.lists["/apis/apps/v1/namespaces/test/deployments"] = {
        server_deployment(), yaml("kind: Deployment\nmetadata: {name: other}")};
    Json stranger = server_pod();
    stranger["metadata"]["ownerReferences"][0]["name"] = "other-5d4";
    cluster.lists["/api/v1/namespaces/test/pods"] = {server_pod(), stranger};
    Release release;
    release.manifest =
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: photos-server}\n---\nkind: Deployment\n"
        "metadata: {name: gone}\n---\nkind: Service\nmetadata: {name: s}\n";
    const auto scope = gather_scope(cluster, "photos", "", release, {});
    REQUIRE(scope);
    CHECK(scope->workloads.size() == 1);
    CHECK(scope->pods.size() == 1);
    CHECK(scope->missing == std::vector<std::string>{"Deployment/gone"});
    CHECK(cluster.calls.size() == 2);
}

TEST_CASE("without a release the selector decides") {
    FakeCluster cluster;
    cluster.lists["/api/v1/namespaces/test/pods"] = {server_pod()};
    const auto scope = gather_scope(cluster, "app=x", "app=x", std::nullopt, {});
    REQUIRE(scope);
    CHECK(scope->pods.size() == 1);
    CHECK(cluster.calls.front().ends_with("?labelSelector=app%3Dx"));
    cluster.failures["/api/v1/namespaces/test/pods"] = {Errc::forbidden, "no", {}};
    CHECK_FALSE(gather_scope(cluster, "app=x", "app=x", std::nullopt, {}).has_value());
}

TEST_CASE("a baseline keeps workloads and kinds of errors, and names what it could not have") {
    World world;
    world.cluster.log_lines["photos-server-5d4-abcde/server"] = {
        {"2026-11-21T11:50:03Z", "ERROR lost job 5"}};
    world.databases.problems = {{Errc::unsupported, "no psql in the pod", {}}};
    const auto baseline = capture_baseline(world.cluster, world.scope, world.profile, world.databases, {});
    REQUIRE(baseline);
    REQUIRE(baseline->workloads.size() == 1);
    CHECK(baseline->workloads[0].images == std::vector<std::string>{"photos-server:2.0.0"});
    REQUIRE(baseline->logs.size() == 1);
    CHECK(baseline->logs[0].container == "photos-server/server");
    CHECK(baseline->logs[0].error_templates == std::vector<std::string>{"ERROR lost job <n>"});
    CHECK(baseline->missing == std::vector<std::string>{"no psql in the pod"});
}
