// SPDX-License-Identifier: Apache-2.0
#include "database/environment.hpp"

#include "database/server.hpp"
#include "unit/support/fake_cluster.hpp"

#include <catch2/catch.hpp>

using namespace su;
using namespace su::test;

namespace {

const Json k_pod =
    Json::parse(R"json({"metadata":{"name":"app-0","namespace":"ns"},"status":{"phase":"Running"},
 "spec":{"containers":[{"name":"app",
  "envFrom":[{"secretRef":{"name":"s"},"prefix":"S_"},{"configMapRef":{"name":"gone","optional":true}}],
  "env":[{"name":"USER","value":"u"},{"name":"PW","valueFrom":{"secretKeyRef":{"name":"s","key":"pw"}}},
   {"name":"URL","value":"postgres://$(USER):$(PW)@db/$(NOPE)$$(USER)"},
   {"name":"HOST","valueFrom":{"configMapKeyRef":{"name":"c","key":"host"}}},
   {"name":"HIDDEN","valueFrom":{"secretKeyRef":{"name":"hidden","key":"x"}}},
   {"name":"NS","valueFrom":{"fieldRef":{"fieldPath":"metadata.namespace"}}}]}]}})json");

}  // namespace

TEST_CASE("a container's environment") {
    FakeCluster cluster;
    cluster.objects["/api/v1/namespaces/ns/secrets/s"] = {{"data", {{"pw", "cDE="}, {"extra", "eA=="}}}};
    cluster.objects["/api/v1/namespaces/ns/configmaps/c"] = {{"data", {{"host", "db.ns"}}}};
    cluster.failures["/api/v1/namespaces/ns/secrets/hidden"] = Error{Errc::forbidden, "no", {}};
    ObjectCache cache(cluster);
    ContainerEnv env(k_pod, k_pod["spec"]["containers"][0], cache, {});
    CHECK(env.value("URL")->value() == "postgres://u:p1@db/$(NOPE)$(USER)");
    CHECK(env.value("HOST")->value() == "db.ns");
    CHECK(env.value("S_extra")->value() == "x");
    CHECK(env.value("NS")->value() == "ns");
    CHECK_FALSE(env.value("NOTHING")->has_value());
    CHECK(env.value("HIDDEN").error().code == Errc::forbidden);
    CHECK(env.first_of({"NOTHING", "HOST", "URL"}) == "HOST");
}

TEST_CASE("a host leads to the ready pods of its Service") {
    FakeCluster cluster;
    const std::string ns = "/api/v1/namespaces/ns/";
    cluster.objects[ns + "services/db"] = Json::parse(R"({"spec":{"selector":{"app":"db"}}})");
    cluster.objects[ns + "services/alias"] =
        Json::parse(R"({"spec":{"type":"ExternalName","externalName":"db.ns.svc.cluster.local"}})");
    cluster.lists["/apis/discovery.k8s.io/v1/namespaces/ns/endpointslices"] = {Json::parse(
        R"({"ports":[{"port":5433}],"endpoints":[{"targetRef":{"kind":"Pod","name":"db-1"}},{"targetRef":{"kind":"Pod","name":"db-0"}}]})")};
    Json pod = Json::parse(
        R"({"metadata":{"name":"db-0","namespace":"ns"},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}})");
    cluster.objects[ns + "pods/db-0"] = pod;
    pod["metadata"]["name"] = "db-1";
    pod["status"]["conditions"][0]["status"] = "False";
    cluster.objects[ns + "pods/db-1"] = pod;
    for (const char* host : {"db", "alias"}) {
        const auto found = pods_of_host(cluster, host, 5432, k_pod, {});
        REQUIRE(found);
        REQUIRE(found->size() == 2);
        CHECK(text_at((*found)[0].pod, {"metadata", "name"}) == "db-0");
        CHECK((*found)[0].port == 5433);
    }
    const auto nobody = pods_of_host(cluster, "db.example.com", 5432, k_pod, {});
    REQUIRE_FALSE(nobody);
    CHECK(nobody.error().code == Errc::not_found);
    CHECK(pods_of_host(cluster, "127.0.0.1", 5432, k_pod, {})->size() == 1);
}
