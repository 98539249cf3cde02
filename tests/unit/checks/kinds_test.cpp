// SPDX-License-Identifier: Apache-2.0
#include "unit/checks/support.hpp"

using namespace su;
using namespace su::test;

namespace {
const std::string k_proxy = "/api/v1/namespaces/test/services/photos-server:2283/proxy/api/server/ping";
const std::string k_claims = "/api/v1/namespaces/test/persistentvolumeclaims";
const std::string k_restarted =
    "containerStatuses: [{name: server, ready: true, restartCount: 2, imageID: x, state: {running: "
    "{startedAt: "
    "'2026-11-21T11:51:00Z'}}, lastState: {terminated: {exitCode: 1, finishedAt: '2026-11-21T11:50:30Z'}}}]";
}  // namespace

TEST_CASE("workloads: well, unready with the pod's own reason, and missing") {
    World world;
    require(world.run("workloads_ready"), Verdict::pass, "1 workload complete, 1 pod ready");
    world.scope.workloads = {server_deployment("readyReplicas: 0")};
    world.scope.pods = {
        server_pod("conditions: [{type: Ready, status: 'False'}]\ncontainerStatuses: [{name: server, "
                   "state: {waiting: {reason: ImagePullBackOff, message: no such tag}}}]")};
    auto result = world.run("workloads_ready");
    require(result, Verdict::fail,
            "pod photos-server-5d4-abcde, container server: ImagePullBackOff: no such tag");
    CHECK(result.details.at(0) == "Deployment photos-server: 0 of 1 replica is ready");
    CHECK(result.details.at(1) ==
          "pod photos-server-5d4-abcde, container server: ImagePullBackOff: no such tag");
    world.scope.missing = {"StatefulSet/photos-redis"};
    require(world.run("workloads_ready"), Verdict::fail,
            "StatefulSet/photos-redis is in the release but not in the cluster");
}

TEST_CASE("images: another image, an older revision, a mirror's address") {
    World world;
    require(world.run("images"), Verdict::pass, "1 pod runs the wanted images (1 digest)");
    world.scope.pods[0]["spec"]["containers"][0]["image"] = "mirror.local/library/photos-server:2.0.0";
    require(world.run("images"), Verdict::pass, "wanted images");
    world.scope.pods[0]["spec"]["containers"][0]["image"] = "photos-server:1.0.0";
    require(world.run("images"), Verdict::fail, "runs photos-server:1.0.0, should run photos-server:2.0.0");
    world.scope.pods[0]["metadata"]["deletionTimestamp"] = "2026-11-21T11:50:00Z";
    require(world.run("images"), Verdict::skip, "no pods");
}

TEST_CASE("images: a workload that somebody changed beside helm is a warning") {
    World world;
    world.scope.current = Release{};
    world.scope.current->manifest =
        "kind: Deployment\nmetadata: {name: photos-server}\nspec: {template: {spec: {containers: "
        "[{name: server, image: 'photos-server:1.9.0'}]}}}\n";
    require(world.run("images"), Verdict::warn, "the release says photos-server:1.9.0");
}

TEST_CASE("restarts: none, got over, not got over, before the deploy") {
    World world;
    require(world.run("restarts"), Verdict::pass, "no restarts since");
    world.scope.pods = {server_pod(k_restarted)};
    require(world.run("restarts"), Verdict::warn,
            "2 restarts since 2026-11-21T11:49:00Z, all restarted pods are ready now");
    require(world.run("restarts", "max: 2"), Verdict::pass, "2 restarts");
    world.scope.pods = {server_pod(k_restarted + "\nconditions: [{type: Ready, status: 'False'}]")};
    require(world.run("restarts"), Verdict::fail, "2 restarts");
    world.scope.pods = {server_pod(
        "containerStatuses: [{name: server, restartCount: 7, lastState: {terminated: {exitCode: 1, "
        "finishedAt: '2026-10-01T00:00:00Z'}}}]")};
    require(world.run("restarts"), Verdict::pass, "no restarts");
}

TEST_CASE("restarts: an old pod counts what came on top of the baseline") {
    World world;
    world.scope.pods = {server_pod(k_restarted)};
    world.scope.pods[0]["metadata"]["creationTimestamp"] = "2026-10-01T00:00:00Z";
    world.scope.pods[0]["status"]["containerStatuses"][0]["restartCount"] = 9;
    world.has_baseline = true;
    world.baseline.workloads = {{"Deployment", "photos-server", 1, 6, {}}};
    require(world.run("restarts"), Verdict::warn, "3 restarts");
}

TEST_CASE("volume claims: bound, lost, waiting for a first consumer, not readable") {
    World world;
    require(world.run("pvc_bound"), Verdict::skip, "no volume claims");
    world.scope.pods[0]["spec"]["volumes"] = yaml("[{name: l, persistentVolumeClaim: {claimName: library}}]");
    require(world.run("pvc_bound"), Verdict::fail, "volume claim library: does not exist");
    const auto claim = [&](const std::string& name, const std::string& phase) {
        world.cluster.objects[k_claims + "/" + name] =
            yaml("apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: " + name +
                 "}\nstatus: {phase: " + phase + "}");
    };
    claim("library", "Bound");
    require(world.run("pvc_bound"), Verdict::pass, "1 volume claim is bound");
    claim("library", "Lost");
    require(world.run("pvc_bound"), Verdict::fail, "lost its volume");
    claim("library", "Bound");
    claim("cache", "Pending");
    world.scope.current = Release{};
    world.scope.current->manifest = "kind: PersistentVolumeClaim\nmetadata: {name: cache}\n";
    require(world.run("pvc_bound"), Verdict::warn, "no pod uses it");
    world.cluster.failures[k_claims] = {Errc::forbidden, "may not list", {}};
    require(world.run("pvc_bound"), Verdict::error, "could not look at the volume claims: may not list");
}

TEST_CASE("database: none is a skip, unless the profile names one; a problem is an error") {
    World world;
    require(world.run("database"), Verdict::skip, "no database was found");
    world.profile.name = "photos";
    world.profile.databases = {DatabaseSpec{}};
    require(world.run("database"), Verdict::error, "profile photos names a database, but none was found");
    world.databases.problems = {{Errc::unsupported, "no psql in the pod", "use another image"}};
    const auto result = world.run("database");
    require(result, Verdict::error, "no psql in the pod");
    CHECK(result.hint == "use another image");
}

TEST_CASE("row counts: no baseline is a skip, a database that is not found again is an error") {
    World world;
    require(world.run("row_counts"), Verdict::skip, "no baseline");
    world.has_baseline = true;
    require(world.run("row_counts"), Verdict::skip, "the baseline holds no database");
    world.baseline.databases = {{"database", "photos", "15.18", "", {{"public.assets", 5}}}};
    require(world.run("row_counts"), Verdict::error, "database photos of the baseline is not found now");
}

TEST_CASE("http: status, body, JSON value, and the API server's own refusals told apart") {
    World world;
    const std::string params = "{service: '${RELEASE}-server', port: 2283, path: /api/server/ping";
    auto& answer = world.cluster.responses[k_proxy];
    answer = {200, "application/json", R"({"res":"pong","list":[{"v":7}]})"};
    require(world.run("http", params + "}"), Verdict::pass,
            "GET photos-server:2283/api/server/ping answered 200");
    require(world.run("http", params + ", body-contains: pong}"), Verdict::pass, "200");
    require(world.run("http", params + ", body-contains: ping}"), Verdict::fail, "does not contain \"ping\"");
    require(world.run("http", params + ", json-path: list.0.v, equals: 7}"), Verdict::pass, "200");
    require(world.run("http", params + ", json-path: res, equals: x}"), Verdict::fail,
            "res is \"pong\", not \"x\"");
    require(world.run("http", params + ", status: 204}"), Verdict::fail, "answered 200, not 204");
    answer = {500, "text/plain", "boom\x1b[31m"};
    require(world.run("http", params + "}"), Verdict::fail, "answered 500, not 200: boom\\x1b[31m");
    answer = {403, "application/json",
              R"({"kind":"Status","reason":"Forbidden","message":"cannot get services/proxy"})"};
    require(world.run("http", params + "}"), Verdict::error, "could not look");
    answer = {
        404, "application/json",
        R"({"kind":"Status","reason":"NotFound","details":{"kind":"services"},"message":"services x not found"})"};
    require(world.run("http", params + "}"), Verdict::error, "services x not found");
}

TEST_CASE("http: a component's Service is found by what it selects") {
    World world;
    world.cluster.objects["/api/v1/namespaces/test/services/photos-server"] = yaml(
        "kind: Service\nmetadata: {name: photos-server}\nspec: {selector: {app.kubernetes.io/component: "
        "server}, ports: "
        "[{port: 2283}]}");
    world.cluster.responses[k_proxy] = {200, "text/plain", "pong"};
    require(world.run("http", "{component: server, path: api/server/ping}"), Verdict::pass,
            "photos-server:2283");
    require(world.run("http", "{component: worker, path: /}"), Verdict::error,
            "selects pods of component worker");
}

TEST_CASE("cache folder: the exit code decides, not being able to run is an error") {
    World world;
    const std::string call = "photos-server-5d4-abcde: ls -A -- /cache";
    const std::string params = "{component: server, path: /cache";
    require(world.run("cache_folder", params + "}"), Verdict::error, "could not look at /cache");
    world.cluster.outputs[call] = {{0, "a\nb\n", "", false}};
    require(world.run("cache_folder", params + "}"), Verdict::pass, "holds 2 entries");
    require(world.run("cache_folder", params + ", min-files: 3}"), Verdict::fail, "at least 3");
    world.cluster.outputs[call] = {{2, "", "ls: /cache: No such file", false}};
    require(world.run("cache_folder", params + "}"), Verdict::fail, "code 2: ls: /cache: No such file");
    require(world.run("cache_folder", "{component: ml, path: /cache}"), Verdict::error,
            "component ml has no pod");
}
