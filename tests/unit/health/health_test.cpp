// SPDX-License-Identifier: Apache-2.0
#include "health/health.hpp"

#include <catch2/catch.hpp>

using namespace su;

namespace {

HealthResult health_of(const std::string& yaml) {
    const auto object = parse_yaml(yaml, "test");
    REQUIRE(object);
    return compute_health(*object);
}

struct Row {
    std::string name;
    std::string yaml;
    Health status;
    std::string message;  ///< a part of it
};

void check(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        const auto result = health_of(row.yaml);
        INFO(row.name << ": " << health_name(result.status) << " " << result.message);
        CHECK(result.status == row.status);
        CHECK_THAT(result.message, Catch::Contains(row.message));
    }
}

std::string deployment(const std::string& status, const std::string& spec = "replicas: 3") {
    return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, generation: 2}\nspec: {" + spec +
           "}\nstatus: {observedGeneration: 2, " + status + "}\n";
}

std::string stateful_set(const std::string& status, const std::string& strategy = "type: RollingUpdate") {
    return "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a, generation: 1}\nspec: {replicas: 3, "
           "updateStrategy: {" +
           strategy + "}}\nstatus: {observedGeneration: 1, " + status + "}\n";
}

std::string simple(const std::string& api, const std::string& kind, const std::string& rest) {
    return "apiVersion: " + api + "\nkind: " + kind + "\nmetadata: {name: a}\n" + rest + "\n";
}

const std::string k_conditions =
    "conditions: [{type: Available, status: 'True'}, {type: Progressing, status: 'True', reason: "
    "NewReplicaSetAvailable}]";
const std::string k_all =
    "replicas: 3, updatedReplicas: 3, availableReplicas: 3, readyReplicas: 3, " + k_conditions;

}  // namespace

TEST_CASE("a deployment is current only when every replica is new, ready and available") {
    check({
        {"all well", deployment(k_all), Health::current, "3 of 3 replicas are ready"},
        {"old generation",
         "apiVersion: apps/v1\nkind: Deployment\nmetadata: {generation: 3}\nstatus: {observedGeneration: "
         "2}\n",
         Health::in_progress, "generation 3"},
        {"controller not seen",
         "apiVersion: apps/v1\nkind: Deployment\nmetadata: {generation: 1}\nspec: {}\n", Health::in_progress,
         "not looked at it yet"},
        {"being created", deployment("replicas: 1"), Health::in_progress, "1 of 3 replicas are created"},
        {"old pods", deployment("replicas: 3, updatedReplicas: 1"), Health::in_progress,
         "1 of 3 replicas are updated"},
        {"surplus", deployment("replicas: 5, updatedReplicas: 3, availableReplicas: 5, readyReplicas: 5"),
         Health::in_progress, "2 old pods still to be terminated"},
        {"not available",
         deployment("replicas: 3, updatedReplicas: 3, availableReplicas: 2, readyReplicas: 3"),
         Health::in_progress, "2 of 3 replicas are available"},
        {"not ready", deployment("replicas: 3, updatedReplicas: 3, availableReplicas: 3, readyReplicas: 2"),
         Health::in_progress, "2 of 3 replicas are ready"},
        {"deadline",
         deployment("replicas: 3, conditions: [{type: Progressing, status: 'False', reason: "
                    "ProgressDeadlineExceeded, "
                    "message: timed out}]"),
         Health::failed, "timed out"},
        {"still progressing",
         deployment(
             "replicas: 3, updatedReplicas: 3, availableReplicas: 3, readyReplicas: 3, conditions: [{type: "
             "Available, status: 'True'}, {type: Progressing, status: 'True', reason: ReplicaSetUpdated}]"),
         Health::in_progress, "not yet available"},
        {"zero", deployment("replicas: 0, " + k_conditions, "replicas: 0"), Health::current,
         "scaled to zero"},
        {"paused", deployment("replicas: 3, updatedReplicas: 0", "replicas: 3, paused: true"),
         Health::in_progress, "paused"},
        {"quota",
         deployment(
             "replicas: 0, conditions: [{type: ReplicaFailure, status: 'True', message: exceeded quota}]"),
         Health::in_progress, "exceeded quota"},
        {"deleted",
         "apiVersion: apps/v1\nkind: Deployment\nmetadata: {deletionTimestamp: '2026-01-01T00:00:00Z'}\n",
         Health::terminating, "deleted"},
    });
}

TEST_CASE("a stateful set is compared by revision") {
    const std::string ready = "replicas: 3, readyReplicas: 3, availableReplicas: 3, ";
    check({
        {"well", stateful_set(ready + "updatedReplicas: 3, currentRevision: a, updateRevision: a"),
         Health::current, "3 of 3"},
        {"not ready", stateful_set("replicas: 3, readyReplicas: 1"), Health::in_progress,
         "1 of 3 replicas are ready"},
        {"rolling", stateful_set(ready + "updatedReplicas: 1, currentRevision: a, updateRevision: b"),
         Health::in_progress, "1 of 3 replicas are updated"},
        {"min ready seconds", stateful_set("replicas: 3, readyReplicas: 3, availableReplicas: 2"),
         Health::in_progress, "2 of 3 replicas are available"},
        {"on delete, old pods",
         stateful_set(ready + "updatedReplicas: 1, currentRevision: a, updateRevision: b", "type: OnDelete"),
         Health::in_progress, "OnDelete"},
        {"on delete, all new",
         stateful_set(ready + "updatedReplicas: 3, currentRevision: a, updateRevision: b", "type: OnDelete"),
         Health::current, "ready"},
        {"partition",
         stateful_set(ready + "updatedReplicas: 1, currentRevision: a, updateRevision: b",
                      "type: RollingUpdate, rollingUpdate: {partition: 2}"),
         Health::current, "partition 2"},
        {"partition not reached",
         stateful_set(ready + "updatedReplicas: 0, currentRevision: a, updateRevision: b",
                      "type: RollingUpdate, rollingUpdate: {partition: 2}"),
         Health::in_progress, "0 of 1 replica is updated"},
    });
}

TEST_CASE("daemon sets and replica sets") {
    check({
        {"daemon well",
         simple("apps/v1", "DaemonSet",
                "status: {observedGeneration: 1, desiredNumberScheduled: 2, currentNumberScheduled: 2, "
                "updatedNumberScheduled: 2, numberAvailable: 2, numberReady: 2}"),
         Health::current, "2 of 2"},
        {"daemon updating",
         simple("apps/v1", "DaemonSet",
                "status: {observedGeneration: 1, desiredNumberScheduled: 2, currentNumberScheduled: 2, "
                "updatedNumberScheduled: 1}"),
         Health::in_progress, "1 of 2 replicas are updated"},
        {"daemon unseen", simple("apps/v1", "DaemonSet", "status: {observedGeneration: 1}"),
         Health::in_progress, "looked"},
        {"replica set failure",
         simple("apps/v1", "ReplicaSet",
                "status: {observedGeneration: 1, conditions: [{type: ReplicaFailure, status: 'True', "
                "message: no quota}]}"),
         Health::in_progress, "no quota"},
        {"replica set well",
         simple("apps/v1", "ReplicaSet",
                "spec: {replicas: 1}\nstatus: {observedGeneration: 1, replicas: 1, fullyLabeledReplicas: 1, "
                "availableReplicas: 1, readyReplicas: 1}"),
         Health::current, "1 of 1 replica is ready"},
    });
}

TEST_CASE("pods: Failed is failed, and what a container waits for is seen") {
    check({
        {"ready",
         simple("v1", "Pod", "status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}"),
         Health::current, "ready"},
        {"completed", simple("v1", "Pod", "status: {phase: Succeeded}"), Health::current, "completed"},
        {"failed", simple("v1", "Pod", "status: {phase: Failed, reason: Evicted, message: low on memory}"),
         Health::failed, "low on memory"},
        {"image",
         simple("v1", "Pod",
                "status: {phase: Pending, containerStatuses: [{name: x, state: {waiting: {reason: "
                "ImagePullBackOff}}}]}"),
         Health::failed, "container x: ImagePullBackOff"},
        {"init image",
         simple("v1", "Pod",
                "status: {phase: Pending, initContainerStatuses: [{name: i, state: {waiting: {reason: "
                "ImagePullBackOff}}}]}"),
         Health::failed, "container i"},
        {"starting", simple("v1", "Pod", "status: {phase: Pending}"), Health::in_progress, "pending"},
        {"no status", simple("v1", "Pod", "spec: {}"), Health::in_progress, "no status"},
    });
}

TEST_CASE("a running job is not done") {
    check({
        {"running", simple("batch/v1", "Job", "status: {startTime: '2026-01-01T00:00:00Z', active: 1}"),
         Health::in_progress, "runs: 0 of 1 completion"},
        {"complete",
         simple("batch/v1", "Job", "status: {succeeded: 1, conditions: [{type: Complete, status: 'True'}]}"),
         Health::current, "1 of 1"},
        {"failed",
         simple("batch/v1", "Job",
                "status: {conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded, message: "
                "too many}]}"),
         Health::failed, "BackoffLimitExceeded: too many"},
        {"suspended", simple("batch/v1", "Job", "spec: {suspend: true}"), Health::current, "suspended"},
        {"new", simple("batch/v1", "Job", "spec: {}"), Health::in_progress, "not started"},
    });
}

TEST_CASE("claims, services, definitions and everything else") {
    check({
        {"bound", simple("v1", "PersistentVolumeClaim", "status: {phase: Bound}"), Health::current, "bound"},
        {"pending", simple("v1", "PersistentVolumeClaim", "status: {phase: Pending}"), Health::in_progress,
         "pending"},
        {"lost", simple("v1", "PersistentVolumeClaim", "status: {phase: Lost}"), Health::failed, "lost"},
        {"cluster ip", simple("v1", "Service", "spec: {type: ClusterIP}"), Health::current, ""},
        {"no address", simple("v1", "Service", "spec: {type: LoadBalancer, clusterIP: 10.0.0.1}"),
         Health::in_progress, "address"},
        {"address",
         simple("v1", "Service",
                "spec: {type: LoadBalancer}\nstatus: {loadBalancer: {ingress: [{ip: 1.2.3.4}]}}"),
         Health::current, "address"},
        {"crd",
         simple("apiextensions.k8s.io/v1", "CustomResourceDefinition",
                "status: {conditions: [{type: Established, status: 'True'}]}"),
         Health::current, "established"},
        {"crd names",
         simple("apiextensions.k8s.io/v1", "CustomResourceDefinition",
                "status: {conditions: [{type: NamesAccepted, status: 'False', message: taken}]}"),
         Health::failed, "taken"},
        {"ready", simple("x.io/v1", "Thing", "status: {conditions: [{type: Ready, status: 'True'}]}"),
         Health::current, ""},
        {"not ready",
         simple("x.io/v1", "Thing",
                "status: {conditions: [{type: Ready, status: 'False', reason: Waiting}]}"),
         Health::in_progress, "Waiting"},
        {"stalled",
         simple("x.io/v1", "Thing",
                "status: {conditions: [{type: Stalled, status: 'True', message: stuck}]}"),
         Health::failed, "stuck"},
        {"config map", simple("v1", "ConfigMap", "data: {}"), Health::current, "exists"},
        {"a deployment of another group", simple("x.io/v1", "Deployment", "spec: {}"), Health::current,
         "exists"},
    });
}
