// SPDX-License-Identifier: Apache-2.0
#include "record/record.hpp"

#include "base/digest.hpp"
#include "unit/support/fake_cluster.hpp"

#include <catch2/catch.hpp>

using namespace su;
using su::test::FakeCluster;

namespace {

const std::string k_secrets = "/api/v1/namespaces/test/secrets";

Record sample(int revision) {
    Record record;
    record.release = "photos";
    record.name_space = "test";
    record.revision = revision;
    record.incarnation = "2026-11-21T11:00:00Z";
    record.state = "validated";
    record.backup_id = "20261121-114221";
    record.from_revision = revision - 1;
    record.to_chart = "photos-2.0.0";
    record.started_at = "2026-11-21T11:42:21Z";
    record.baseline.captured_at = "2026-11-21T11:42:22Z";
    record.baseline.revision = revision - 1;
    record.baseline.workloads = {{"Deployment", "photos-server", 2, 1, {"photos-server:1.0.0"}}};
    record.baseline.databases = {{"database", "photos", "15.18", "1731", {{"public.assets", 2003}}}};
    record.baseline.logs = {{"photos-server/server", 100, 2, {"connection lost"}}};
    record.baseline.missing = {"logs of photos-redis"};
    record.validation = {{"verdict", "pass"}};
    return record;
}

}  // namespace

TEST_CASE("a record comes back as it was written") {
    const auto back = record_from_json(to_json(sample(3)));
    REQUIRE(back);
    CHECK(to_json(*back) == to_json(sample(3)));
    CHECK(back->baseline.databases.at(0).tables.at("public.assets") == 2003);
}

TEST_CASE("keys of newer versions are left alone, a newer format is refused") {
    Json json = to_json(sample(3));
    json["somethingNew"] = 1;
    CHECK(record_from_json(json).has_value());
    json["format"] = 2;
    CHECK(record_from_json(json).error().code == Errc::unsupported);
    CHECK(record_from_json(Json::array()).error().code == Errc::invalid);
    CHECK_FALSE(baseline_from_json(Json::parse(R"({"databases":[{"tables":{"a":"many"}}]})")).has_value());
}

TEST_CASE("records are read oldest first and only of this incarnation") {
    FakeCluster cluster;
    REQUIRE(write_record(cluster, sample(10), {}));
    REQUIRE(write_record(cluster, sample(9), {}));
    auto other = sample(11);
    other.incarnation = "2025-01-01T00:00:00Z";
    REQUIRE(write_record(cluster, other, {}));
    const auto records = read_records(cluster, "photos", "2026-11-21T11:00:00Z", {});
    REQUIRE(records);
    REQUIRE(records->size() == 2);
    CHECK(records->at(0).revision == 9);
    CHECK(records->at(1).revision == 10);
    CHECK(read_records(cluster, "photos", "", {}).value().size() == 3);
    CHECK(cluster.calls.back() ==
          "list " + k_secrets + "?labelSelector=owner%3Dsafe-upgrade%2Crelease%3Dphotos");
    const Json& secret = cluster.objects.at(k_secrets + "/safe-upgrade.photos.r10");
    CHECK(text_at(secret, {"type"}) == "safe-upgrade.io/record.v1");
    CHECK(text_at(secret, {"metadata", "labels", "revision"}) == "10");
}

TEST_CASE("a capture is overwritten by the next one and leaves the run's record alone") {
    FakeCluster cluster;
    auto captured = sample(3);
    captured.state = "captured";
    REQUIRE(write_record(cluster, sample(3), {}));
    REQUIRE(write_record(cluster, captured, {}));
    captured.revision = 4;
    REQUIRE(write_record(cluster, captured, {}));
    CHECK(cluster.objects.size() == 2);
    CHECK(cluster.objects.contains(k_secrets + "/safe-upgrade.photos.captured"));
}

TEST_CASE("a large record is split, joined again, and loses its surplus parts when it shrinks") {
    FakeCluster cluster;
    auto large = sample(3);
    for (int i = 0; i < 40'000; ++i) large.baseline.missing.push_back(sha256_hex(std::to_string(i)));
    REQUIRE(write_record(cluster, large, {}));
    REQUIRE(cluster.objects.size() >= 3);
    CHECK(cluster.objects.contains(k_secrets + "/safe-upgrade.photos.r3.1"));
    for (const auto& [path, secret] : cluster.objects) CHECK(dump_json(secret).size() < 1024 * 1024);
    const auto records = read_records(cluster, "photos", "", {});
    REQUIRE(records);
    REQUIRE(records->size() == 1);
    CHECK(records->at(0).baseline.missing == large.baseline.missing);
    REQUIRE(write_record(cluster, sample(3), {}));
    CHECK(cluster.objects.size() == 1);
}

TEST_CASE("a lost part or a damaged record is said by its name") {
    FakeCluster cluster;
    REQUIRE(write_record(cluster, sample(3), {}));
    cluster.objects.begin()->second["metadata"]["annotations"]["safe-upgrade.io/parts"] = "2";
    auto records = read_records(cluster, "photos", "", {});
    REQUIRE_FALSE(records);
    CHECK(records.error().code == Errc::corrupt);
    CHECK_THAT(records.error().message,
               Catch::Contains("safe-upgrade.photos.r3") && Catch::Contains("part 1 is missing"));
    cluster.objects.begin()->second["data"]["record"] = "AAAA";
    CHECK_FALSE(read_records(cluster, "photos", "", {}).has_value());
}

TEST_CASE("no rights to write is told") {
    FakeCluster cluster;
    cluster.failures[k_secrets + "/safe-upgrade.photos.r3"] = {Errc::forbidden, "secrets is forbidden", {}};
    const auto written = write_record(cluster, sample(3), {});
    REQUIRE_FALSE(written);
    CHECK(written.error().code == Errc::forbidden);
}
