// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "profile/profile.hpp"
#include "profile/syntax.hpp"
#include "unit/profile/kinds.hpp"

#include <catch2/catch.hpp>

using namespace su;

namespace {

ProfileChoice choose(const ProfileEvidence& evidence) {
    auto choice = choose_profile(evidence, check_kinds_for_tests());
    if (!choice) FAIL(choice.error().message);
    return std::move(*choice);
}

}  // namespace

TEST_CASE("every embedded profile loads, and they are sorted by name with generic among them") {
    bool generic = false;
    std::string last;
    for (const auto& embedded : embedded_profiles()) {
        const std::string name(embedded.name);
        CHECK(last < name);
        last = name;
        generic = generic || name == "generic";
        const auto profile =
            load_profile(embedded.yaml, "embedded:" + name, ProfileOrigin::embedded, check_kinds_for_tests());
        if (!profile) FAIL(profile.error().message);
        CHECK(profile->name == name);
        CHECK(profile->where == "embedded:" + name);
    }
    CHECK(generic);
}

TEST_CASE("Immich is known by chart and image") {
    const auto choice = choose({"immich", {"ghcr.io/immich-app/immich-server:v1.119.0", "redis:7"}, {}});
    CHECK(choice.profile.name == "immich");
    CHECK(choice.evidence ==
          std::vector<std::string>{"chart name is immich", "an image is ghcr.io/immich-app/immich-server"});
}

TEST_CASE("Immich is known by image and environment under another chart's name") {
    const auto choice =
        choose({"my-photos",
                {"ghcr.io/immich-app/immich-server@sha256:0123", "ghcr.io/immich-app/immich-server:v2"},
                {"REDIS_HOSTNAME", "DB_HOSTNAME"}});
    CHECK(choice.profile.name == "immich");
    CHECK(choice.evidence.back() == "environment has DB_HOSTNAME and REDIS_HOSTNAME");
}

TEST_CASE("one kind of evidence is not enough, and the reason is told") {
    const auto by_chart = choose({"immich", {"example.com/other:1"}, {"DB_HOSTNAME"}});
    CHECK(by_chart.profile.name == "generic");
    REQUIRE(by_chart.evidence.size() == 1);
    CHECK(by_chart.evidence[0] ==
          "profile immich needs two kinds of evidence and has one: chart name is immich");
    const auto by_env =
        choose({"photos", {"safe-upgrade.test/photos-server:1"}, {"DB_HOSTNAME", "REDIS_HOSTNAME"}});
    CHECK(by_env.profile.name == "generic");
    CHECK(contains(by_env.evidence.at(0), "has one: environment has DB_HOSTNAME and REDIS_HOSTNAME"));
}

TEST_CASE("without any evidence generic is chosen") {
    const auto choice = choose({});
    CHECK(choice.profile.name == "generic");
    CHECK(choice.evidence ==
          std::vector<std::string>{"no known profile matches chart, images or environment"});
    REQUIRE_FALSE(choice.profile.databases.empty());
}

TEST_CASE("a glob's star stands for any characters, also for none") {
    CHECK(glob_matches("a*c", "ac"));
    CHECK(glob_matches("a*c", "abbbc"));
    CHECK(glob_matches("*", ""));
    CHECK(glob_matches("a*b*c", "a-b-b-c"));
    CHECK_FALSE(glob_matches("a*c", "abcd"));
    CHECK_FALSE(glob_matches("", "a"));
    CHECK_FALSE(glob_matches(std::string(40, '*') + "b", std::string(10000, 'a')));
}
