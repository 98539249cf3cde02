// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/text.hpp"
#include "checks/check.hpp"
#include "diff/mask.hpp"
#include "logs/scan.hpp"
#include "unit/support/fake_cluster.hpp"

#include <catch2/catch.hpp>

namespace su::test {

inline Json yaml(const std::string& text) {
    const auto value = parse_yaml(text, "test");
    REQUIRE(value);
    return *value;
}

/// A running pod of Deployment photos-server.
inline Json server_pod(const std::string& status = {}) {
    Json pod = yaml(R"(
apiVersion: v1
kind: Pod
metadata:
  name: photos-server-5d4-abcde
  namespace: test
  creationTimestamp: "2026-11-21T11:50:00Z"
  labels: {app.kubernetes.io/component: server, pod-template-hash: 5d4}
  ownerReferences: [{kind: ReplicaSet, name: photos-server-5d4, controller: true}]
spec:
  containers: [{name: server, image: "photos-server:2.0.0"}]
status:
  phase: Running
  conditions: [{type: Ready, status: "True", lastTransitionTime: "2026-11-21T11:50:05Z"}]
  containerStatuses:
    - {name: server, ready: true, restartCount: 0, imageID: "sha256:1", state: {running: {startedAt: "2026-11-21T11:50:01Z"}}}
)");
    if (!status.empty()) pod["status"].merge_patch(yaml(status));
    return pod;
}

inline Json server_deployment(const std::string& status = {}) {
    Json deployment = yaml(R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: photos-server, namespace: test, generation: 1}
spec: {replicas: 1, template: {spec: {containers: [{name: server, image: "photos-server:2.0.0"}]}}}
status:
  observedGeneration: 1
  replicas: 1
  updatedReplicas: 1
  availableReplicas: 1
  readyReplicas: 1
  conditions: [{type: Available, status: "True"}, {type: Progressing, status: "True", reason: NewReplicaSetAvailable}]
)");
    if (!status.empty()) deployment["status"].merge_patch(yaml(status));
    return deployment;
}

/// Everything that a check is given; each test changes its part.
struct World {
    FakeCluster cluster;
    Scope scope;
    Profile profile;
    FoundDatabases databases;
    Baseline baseline;
    bool has_baseline = false;

    World() {
        scope.release = "photos";
        scope.name_space = "test";
        scope.workloads = {server_deployment()};
        scope.pods = {server_pod()};
        profile.name = "generic";
    }

    CheckResult run(const std::string& kind, const std::string& params = "{}") {
        CheckSpec spec;
        spec.kind = kind;
        spec.params = yaml(params);
        const CheckContext context{
            cluster, scope, profile, databases, has_baseline ? &baseline : nullptr, "2026-11-21T11:49:00Z",
            2,       {}};
        auto results = run_checks({spec}, context, {});
        REQUIRE(results.size() == 1);
        return results[0];
    }
};

inline void require(const CheckResult& result, Verdict verdict, const std::string& part) {
    INFO(verdict_name(result.verdict) << ": " << result.message << "\n" << join(result.details, "\n"));
    CHECK(std::string(verdict_name(result.verdict)) == verdict_name(verdict));
    CHECK_THAT(result.message, Catch::Contains(part));
}

}  // namespace su::test
