// SPDX-License-Identifier: Apache-2.0
#include "health/health.hpp"

#include <catch2/catch.hpp>

using namespace su;

namespace {

const Time k_now = *parse_rfc3339("2026-11-21T12:00:00Z");

std::optional<PodTrouble> trouble_of(const std::string& status) {
    const auto pod = parse_yaml("kind: Pod\nstatus: {" + status + "}\n", "test");
    REQUIRE(pod);
    return pod_trouble(*pod, k_now);
}

std::string container(const std::string& rest) {
    return "containerStatuses: [{name: server, " + rest + "}]";
}

}  // namespace

TEST_CASE("a well pod is in no trouble") {
    CHECK_FALSE(trouble_of("phase: Running, " + container("ready: true, state: {running: {}}")));
    CHECK_FALSE(trouble_of("phase: Pending, " + container("state: {waiting: {reason: ContainerCreating}}")));
    CHECK_FALSE(trouble_of("phase: Succeeded, " + container("state: {terminated: {exitCode: 0}}")));
}

TEST_CASE("pulling: the first miss may be the network, a final word is not") {
    auto trouble = trouble_of(container("state: {waiting: {reason: ErrImagePull, message: 'i/o timeout'}}"));
    REQUIRE(trouble);
    CHECK_FALSE(trouble->doomed);
    trouble = trouble_of(
        container("state: {waiting: {reason: ErrImagePull, message: 'docker.io/x:y: not found'}}"));
    REQUIRE(trouble);
    CHECK(trouble->doomed);
    for (const std::string reason :
         {"ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError"}) {
        trouble = trouble_of(container("state: {waiting: {reason: " + reason + "}}"));
        REQUIRE(trouble);
        CHECK(trouble->doomed);
        CHECK(trouble->reason == reason);
        CHECK(trouble->container == "server");
    }
}

TEST_CASE("the first crash is trouble, the second is doom") {
    auto trouble =
        trouble_of(container("restartCount: 0, state: {terminated: {exitCode: 1, reason: Error}}"));
    REQUIRE(trouble);
    CHECK_FALSE(trouble->doomed);
    CHECK(trouble->exit_code == 1);
    trouble =
        trouble_of(container("restartCount: 1, state: {running: {startedAt: '2026-11-21T11:59:58Z'}}, "
                             "lastState: {terminated: {exitCode: 1}}"));
    REQUIRE(trouble);
    CHECK_FALSE(trouble->doomed);
    trouble =
        trouble_of(container("restartCount: 2, state: {running: {startedAt: '2026-11-21T11:59:58Z'}}, "
                             "lastState: {terminated: {exitCode: 3}}"));
    REQUIRE(trouble);
    CHECK(trouble->doomed);
    CHECK(trouble->exit_code == 3);
    CHECK(trouble->restarts == 2);
}

TEST_CASE("CrashLoopBackOff is doom and tells the exit, not the back-off") {
    const auto trouble = trouble_of(
        container("restartCount: 1, state: {waiting: {reason: CrashLoopBackOff, message: back-off 10s}}, "
                  "lastState: {terminated: {exitCode: 137, reason: OOMKilled}}"));
    REQUIRE(trouble);
    CHECK(trouble->doomed);
    CHECK(trouble->reason == "CrashLoopBackOff");
    CHECK(trouble->message == "exited with code 137 (OOMKilled), restarted 1 time");
}

TEST_CASE("a crash that was long ago, or was got over, does not doom") {
    CHECK_FALSE(trouble_of(
        container("restartCount: 9, ready: false, state: {running: {startedAt: '2026-11-20T00:00:00Z'}}, "
                  "lastState: {terminated: {exitCode: 1}}")));
    const auto trouble =
        trouble_of(container("restartCount: 2, ready: true, state: {running: {startedAt: "
                             "'2026-11-21T11:59:50Z'}}, lastState: {terminated: {exitCode: 1}}"));
    REQUIRE(trouble);
    CHECK_FALSE(trouble->doomed);
}

TEST_CASE("out of memory is named") {
    const auto trouble =
        trouble_of(container("restartCount: 1, state: {running: {startedAt: '2026-11-21T11:59:59Z'}}, "
                             "lastState: {terminated: {exitCode: 137, reason: OOMKilled}}"));
    REQUIRE(trouble);
    CHECK(trouble->reason == "OOMKilled");
    CHECK(trouble->exit_code == 137);
}

TEST_CASE("init containers are looked at, and the worst container is the one told") {
    const auto trouble = trouble_of(
        "initContainerStatuses: [{name: wait, restartCount: 5, state: {waiting: {reason: "
        "CrashLoopBackOff}}}], "
        "containerStatuses: [{name: a, state: {waiting: {reason: ErrImagePull, message: timeout}}}]");
    REQUIRE(trouble);
    CHECK(trouble->container == "wait");
}

TEST_CASE("unschedulable counts after 15 seconds, waiting for a volume after a minute") {
    const auto pod = [](const std::string& since, const std::string& message) {
        return "phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, "
               "lastTransitionTime: '" +
               since + "', message: '" + message + "'}]";
    };
    CHECK_FALSE(trouble_of(pod("2026-11-21T11:59:50Z", "0/1 nodes: Insufficient cpu")));
    const auto late = trouble_of(pod("2026-11-21T11:59:40Z", "0/1 nodes: Insufficient cpu"));
    REQUIRE(late);
    CHECK(late->doomed);
    CHECK(late->container.empty());
    CHECK_THAT(late->message, Catch::Contains("Insufficient cpu"));
    const auto volume =
        trouble_of(pod("2026-11-21T11:59:40Z", "pod has unbound immediate PersistentVolumeClaims"));
    REQUIRE(volume);
    CHECK_FALSE(volume->doomed);
}

TEST_CASE("an evicted pod is trouble in the kubelet's words, fit for a terminal") {
    const auto trouble = trouble_of("phase: Failed, reason: Evicted, message: \"low on\\u001b[31m memory\"");
    REQUIRE(trouble);
    CHECK(trouble->reason == "Evicted");
    CHECK(trouble->message == "low on\\x1b[31m memory");
}

TEST_CASE("restarts are summed over all containers") {
    const auto pod = parse_yaml(
        "status: {initContainerStatuses: [{restartCount: 1}], containerStatuses: [{restartCount: 2}, "
        "{restartCount: 3}]}",
        "test");
    REQUIRE(pod);
    CHECK(restart_count(*pod) == 6);
}
