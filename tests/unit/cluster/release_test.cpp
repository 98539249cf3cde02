// SPDX-License-Identifier: Apache-2.0
// data/: objects that helm 3.22.0 and 4.3.1 stored in a real cluster.
#include "cluster/release.hpp"

#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "cluster/api.hpp"
#include "unit/cluster/fake_server.hpp"

#include <catch2/catch.hpp>

using namespace su;
using namespace su::test;

namespace {

Json recorded(const std::string& name) {
    const auto text = read_file(std::string(SU_TEST_DATA) + "/" + name);
    REQUIRE(text);
    return *parse_json(*text, name);
}

Json with_payload(const std::string& payload) {
    return {{"kind", "Secret"},
            {"type", "helm.sh/release.v1"},
            {"metadata", {{"name", "sh.helm.release.v1.r.v1"}}},
            {"data", {{"release", base64_encode(payload)}}}};
}

Error broken(const Json& object) {
    const auto release = decode_release(object);
    REQUIRE_FALSE(release);
    CHECK(release.error().message.find("sh.helm.release.v1.") != std::string::npos);
    return release.error();
}

}  // namespace

TEST_CASE("a release that Helm 3 stored in a Secret") {
    const auto release = decode_release(recorded("helm3-secret.json"));
    REQUIRE(release);
    CHECK(release->name == "r3");
    CHECK(release->name_space == "hc");
    CHECK(release->revision == 1);
    CHECK(release->status == "superseded");
    CHECK(release->chart_name == "tiny");
    CHECK(release->chart_version == "1.0.0");
    CHECK(release->app_version == "1");
    CHECK(release->apply_method.empty());
    CHECK(release->config == Json{{"msg", "one"}});
    CHECK(release->chart["values"]["msg"] == "hello");
    CHECK(release->manifest.find("msg: \"one\"") != std::string::npos);
    CHECK(release->hooks.size() == 1);
    CHECK(release->first_deployed.starts_with("2026-"));
    CHECK(release->raw_object["metadata"]["name"] == "sh.helm.release.v1.r3.v1");
    CHECK_FALSE(is_pending(*release));
}

TEST_CASE("a release of Helm 4 remembers how it was applied") {
    const auto release = decode_release(recorded("helm4-secret.json"));
    REQUIRE(release);
    CHECK(release->name == "r4");
    CHECK(release->status == "deployed");
    CHECK(release->apply_method == "ssa");
}

TEST_CASE("a release in a ConfigMap has one base64 less") {
    const auto release = decode_release(recorded("helm3-configmap.json"));
    REQUIRE(release);
    CHECK(release->name == "rc");
    CHECK(release->config == Json{{"msg", "cm"}});
}

TEST_CASE("a payload without gzip is read as it is") {
    const auto release = decode_release(with_payload(base64_encode(R"({"name":"r","version":7})")));
    REQUIRE(release);
    CHECK(release->revision == 7);
    CHECK(release->config.is_object());
    CHECK(release->hooks.is_array());
}

TEST_CASE("a broken payload is corrupt and named") {
    const std::string whole =
        gzip(R"({"name":"r","version":7,"manifest":")" + std::string(5000, 'x') + "\"}");
    REQUIRE(decode_release(with_payload(base64_encode(whole))));
    CHECK(broken(with_payload(base64_encode(whole.substr(0, whole.size() - 4)))).code == Errc::corrupt);
    CHECK(broken(with_payload(base64_encode(whole.substr(0, 12)))).code == Errc::corrupt);
    std::string flipped = whole;
    flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
    CHECK(broken(with_payload(base64_encode(flipped))).code == Errc::corrupt);
    CHECK(broken(with_payload("%%%")).code == Errc::corrupt);
    CHECK(broken(with_payload("")).code == Errc::corrupt);
    CHECK(broken(with_payload(base64_encode("no json"))).code == Errc::corrupt);
    CHECK(broken(with_payload(base64_encode("[1]"))).code == Errc::invalid);
    Json other = with_payload(base64_encode(R"({"name":"r","version":7})"));
    other["type"] = "Opaque";
    CHECK(broken(other).code == Errc::invalid);
}

TEST_CASE("a history is one list, oldest first") {
    FakeServer server([](int fd, const std::string&) {
        Json list = {{"kind", "SecretList"}, {"apiVersion", "v1"}, {"items", Json::array()}};
        for (const int revision : {10, 2, 9}) {
            list["items"].push_back(
                with_payload(base64_encode(R"({"name":"r","version":)" + std::to_string(revision) + "}")));
        }
        send_all(fd, json_answer(200, list.dump()));
    });
    ClusterApi api(server.path(), "ns");
    const auto history = read_history(api, ReleaseDriver::secret, "r", {});
    REQUIRE(history);
    REQUIRE(history->size() == 3);
    CHECK((*history)[0].revision == 2);
    CHECK((*history)[2].revision == 10);
    CHECK(server.requests().front().starts_with(
        "GET /api/v1/namespaces/ns/secrets?labelSelector=owner%3Dhelm%2Cname%3Dr&limit=500 "));
    CHECK(read_history(api, ReleaseDriver::sql, "r", {}).error().code == Errc::unsupported);
}

TEST_CASE("the drivers that HELM_DRIVER can name") {
    CHECK(*parse_release_driver("") == ReleaseDriver::secret);
    CHECK(*parse_release_driver("configmaps") == ReleaseDriver::configmap);
    CHECK(*parse_release_driver("sql") == ReleaseDriver::sql);
    CHECK(parse_release_driver("memory").error().code == Errc::usage);
}
