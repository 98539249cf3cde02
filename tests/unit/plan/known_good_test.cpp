// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.hpp"

#include <catch2/catch.hpp>

using namespace su;

namespace {

Release revision(int number, const std::string& status) {
    Release release;
    release.name = "photos";
    release.revision = number;
    release.status = status;
    return release;
}

Record record(int number, const std::string& state) {
    Record out;
    out.revision = number;
    out.state = state;
    return out;
}

}  // namespace

TEST_CASE("a failed revision is never gone back to, whatever helm would do") {
    const std::vector<Release> history{revision(1, "superseded"), revision(2, "failed"),
                                       revision(3, "failed")};
    const auto way = choose_known_good(history, {}, 4);
    CHECK(way.revision == 1);
    REQUIRE(way.skipped.size() == 2);
    CHECK(way.skipped[0].find("revision 3") != std::string::npos);
}

TEST_CASE("a revision that helm calls superseded and our record calls failed is skipped") {
    const std::vector<Release> history{revision(1, "superseded"), revision(2, "superseded"),
                                       revision(3, "deployed")};
    for (const std::string state : {"failed", "rolled-back", "needs-person", "kept", "running"}) {
        CHECK(choose_known_good(history, {record(2, state)}, 3).revision == 1);
    }
    CHECK(choose_known_good(history, {record(2, "validated")}, 3).revision == 2);
}

TEST_CASE("a captured baseline says nothing about good or bad") {
    CHECK(choose_known_good({revision(1, "superseded"), revision(2, "deployed")}, {record(1, "captured")}, 2)
              .revision == 1);
}

TEST_CASE("no good revision: no way back, and no guess") {
    CHECK(choose_known_good({revision(1, "failed"), revision(2, "pending-upgrade")}, {}, 3).revision == 0);
    CHECK(choose_known_good({}, {}, 1).revision == 0);
}

TEST_CASE("the newest record of a revision counts") {
    const std::vector<Release> history{revision(1, "superseded"), revision(2, "deployed")};
    CHECK(choose_known_good(history, {record(1, "failed"), record(1, "validated")}, 2).revision == 1);
}

TEST_CASE("versions and ranges") {
    CHECK(parse_semver("v1.119.0") == Semver{1, 119, 0});
    CHECK(parse_semver("2") == Semver{2, 0, 0});
    CHECK(parse_semver("1.2.3-rc.1+x") == Semver{1, 2, 3});
    CHECK_FALSE(parse_semver("latest").has_value());
    CHECK_FALSE(parse_semver("1.2.3.4").has_value());
    CHECK_FALSE(parse_semver("").has_value());
    CHECK(in_range({1, 119, 0}, "<1.120.0"));
    CHECK(in_range({1, 119, 0}, ">=1.100.0 <2.0.0"));
    CHECK_FALSE(in_range({2, 0, 0}, ">=1.100.0 <2.0.0"));
    CHECK(in_range({2, 0, 0}, ""));
    CHECK_FALSE(in_range({2, 0, 0}, "nonsense"));
}
