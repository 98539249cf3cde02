// SPDX-License-Identifier: Apache-2.0
#include "cluster/api.hpp"

#include "unit/cluster/fake_server.hpp"

#include <catch2/catch.hpp>

using namespace su;
using namespace su::test;
using std::chrono::milliseconds;

namespace {

Errc get_code(int status) {
    FakeServer server(
        [&](int fd, const std::string&) { send_all(fd, json_answer(status, R"({"message":"why\u001b"})")); });
    const auto result = ClusterApi(server.path(), "ns").get("/x", {});
    REQUIRE_FALSE(result);
    CHECK(result.error().message == "cannot read /x: why\\x1b");
    return result.error().code;
}

LogRequest logs_of(const std::string& pod) {
    LogRequest request;
    request.where = {"ns", pod, "main"};
    return request;
}

}  // namespace

TEST_CASE("statuses become our codes, with the server's words made printable") {
    CHECK(get_code(400) == Errc::invalid);
    CHECK(get_code(401) == Errc::forbidden);
    CHECK(get_code(403) == Errc::forbidden);
    CHECK(get_code(404) == Errc::not_found);
    CHECK(get_code(409) == Errc::conflict);
    CHECK(get_code(412) == Errc::conflict);
    CHECK(get_code(422) == Errc::invalid);
    CHECK(get_code(503) == Errc::unreachable);
}

TEST_CASE("a GET is tried once more after a 5xx or a lost connection; a write never") {
    int calls = 0;
    FakeServer server([&](int fd, const std::string& request) {
        ++calls;
        if (calls == 1 && request.starts_with("GET")) return;
        send_all(fd, json_answer(request.starts_with("GET") ? 200 : 503, "{}"));
    });
    ClusterApi api(server.path(), "ns");
    CHECK(api.get("/x", {}));
    CHECK(calls == 2);
    CHECK_FALSE(api.create("/x", Json::object(), {}));
    CHECK(calls == 3);
}

TEST_CASE("a list follows continue and gives its items their kind") {
    FakeServer server([](int fd, const std::string& request) {
        const bool second = request.find("continue=a%2Fb") != std::string::npos;
        send_all(fd, json_answer(200, second ? R"({"kind":"PodList","apiVersion":"v1","items":[{"a":2}]})"
                                             : R"({"kind":"PodList","apiVersion":"v1","items":[{"a":1}],
                                                   "metadata":{"continue":"a/b"}})"));
    });
    const auto items = ClusterApi(server.path(), "ns").list("/api/v1/pods", "labelSelector=x%3Dy", {});
    REQUIRE(items);
    REQUIRE(items->size() == 2);
    CHECK((*items)[1]["kind"] == "Pod");
    CHECK((*items)[1]["apiVersion"] == "v1");
    CHECK(server.requests().front().starts_with("GET /api/v1/pods?labelSelector=x%3Dy&limit=500 HTTP/1.1"));
}

TEST_CASE("a list whose continue has expired starts again") {
    int calls = 0;
    FakeServer server([&](int fd, const std::string& request) {
        ++calls;
        if (request.find("continue=") != std::string::npos && calls < 3) {
            send_all(fd, json_answer(410, "{}"));
        } else {
            const std::string more = calls == 1 ? R"("metadata":{"continue":"z"},)" : "";
            send_all(fd, json_answer(200, "{" + more + R"("kind":"PodList","items":[{"a":1}]})"));
        }
    });
    const auto items = ClusterApi(server.path(), "ns").list("/x", "", {});
    REQUIRE(items);
    CHECK(items->size() == 1);
}

TEST_CASE("a merge patch says so") {
    FakeServer server([](int fd, const std::string&) { send_all(fd, json_answer(200, "{}")); });
    REQUIRE(ClusterApi(server.path(), "ns").patch("/x", {{"a", 1}}, {}));
    const auto request = server.requests().front();
    CHECK(request.starts_with("PATCH /x "));
    CHECK(request.find("Content-Type: application/merge-patch+json\r\n") != std::string::npos);
    CHECK(request.ends_with(R"({"a":1})"));
}

TEST_CASE("logs come as lines whatever the pieces, and a long line is cut") {
    const std::string longest(40000, 'x');
    FakeServer server([&](int fd, const std::string&) {
        send_all(fd, k_chunked + chunk("2026-11-21T11:42:21.1Z on") + chunk("e\n2026-11-21T11:42:22Z tw") +
                         chunk("o\r\n2026-11-21T11:42:23Z ") + chunk(longest) +
                         chunk("\n2026-11-21T11:42:24Z\nlast without end") + "0\r\n\r\n");
    });
    std::vector<std::pair<std::string, std::string>> lines;
    const auto result = ClusterApi(server.path(), "ns")
                            .logs(logs_of("p"),
                                  [&](const LogLine& line) {
                                      lines.emplace_back(line.timestamp, line.text);
                                      return true;
                                  },
                                  {});
    REQUIRE(result);
    REQUIRE(lines.size() == 5);
    CHECK(lines[0] == std::pair<std::string, std::string>("2026-11-21T11:42:21.1Z", "one"));
    CHECK(lines[1].second == "two");
    CHECK(lines[2].second.size() == 16384);
    CHECK(lines[4].second == "last without end");
}

TEST_CASE("cut logs are an error, and the half line is not given") {
    FakeServer server([](int fd, const std::string&) { send_all(fd, k_chunked + chunk("T1 one\nT2 ha")); });
    int lines = 0;
    const auto result =
        ClusterApi(server.path(), "ns").logs(logs_of("p"), [&](const LogLine&) { return ++lines > 0; }, {});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::cut);
    CHECK(lines == 1);
}

TEST_CASE("a reader of logs can stop") {
    FakeServer server(
        [](int fd, const std::string&) { send_all(fd, k_chunked + chunk("T1 one\nT2 two\n")); });
    int lines = 0;
    CHECK(
        ClusterApi(server.path(), "ns").logs(logs_of("p"), [&](const LogLine&) { return ++lines < 1; }, {}));
    CHECK(lines == 1);
}

TEST_CASE("without a container's name the annotated one is read, else the first") {
    std::string annotations = R"("annotations":{"kubectl.kubernetes.io/default-container":"b"})";
    FakeServer server([&](int fd, const std::string& request) {
        const bool pod = request.find("/log?") == std::string::npos;
        send_all(fd, pod ? json_answer(200, "{\"metadata\":{" + annotations + "}," +
                                                R"("spec":{"containers":[{"name":"a"},{"name":"b"}]}})")
                         : k_chunked + "0\r\n\r\n");
    });
    ClusterApi api(server.path(), "ns");
    auto request = logs_of("p");
    request.where.container.clear();
    REQUIRE(api.logs(request, [](const LogLine&) { return true; }, {}));
    CHECK(server.requests().back().find("container=b") != std::string::npos);
    annotations.clear();
    REQUIRE(api.logs(request, [](const LogLine&) { return true; }, {}));
    CHECK(server.requests().back().find("container=a") != std::string::npos);
}

TEST_CASE("a watch gives events; 410 is not_found; its end is cut") {
    const std::string event = R"({"type":"ADDED","object":{"metadata":{"name":"a"}}})"
                              "\n";
    std::string last;
    FakeServer server([&](int fd, const std::string&) {
        send_all(fd, k_chunked + chunk(event) + chunk(last) + "0\r\n\r\n");
    });
    ClusterApi api(server.path(), "ns");
    int events = 0;
    const auto count = [&](const std::string& type, const Json& object) {
        ++events;
        CHECK(type == "ADDED");
        CHECK(object["metadata"]["name"] == "a");
        return events < 4;
    };
    last = R"({"type":"ERROR","object":{"code":410,"message":"too old"}})"
           "\n";
    auto result = api.watch("/x", "", "5", count, {});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::not_found);
    CHECK(events == 1);
    last = event;
    result = api.watch("/x", "", "5", count, {});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::cut);
    CHECK(api.watch("/x", "", "5", count, {}));  // the fourth event is enough
    CHECK(events == 4);
}

TEST_CASE("paths of objects and collections") {
    CHECK(api_path("v1", "pods", "ns", "a") == "/api/v1/namespaces/ns/pods/a");
    CHECK(api_path("apps/v1", "deployments", "ns") == "/apis/apps/v1/namespaces/ns/deployments");
    CHECK(api_path("v1", "nodes", "", "n") == "/api/v1/nodes/n");
    CHECK(plural_of("Ingress") == "ingresses");
    CHECK(plural_of("NetworkPolicy") == "networkpolicies");
    CHECK(plural_of("StatefulSet") == "statefulsets");
    CHECK(plural_of("Whatever").empty());
}
