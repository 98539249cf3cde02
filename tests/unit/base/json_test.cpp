// SPDX-License-Identifier: Apache-2.0
#include "base/json.hpp"

#include "base/clock.hpp"
#include "base/digest.hpp"

#include <catch2/catch.hpp>

using namespace su;

TEST_CASE("YAML scalars get the types that helm gives them") {
    const auto value =
        parse_yaml("a: 1\nb: '1'\nc: yes\nd: true\ne: 1.5\nf: ~\ng: 1.20.0\nh: 0x10\ni: \"\"\nj:\n", "test");
    REQUIRE(value);
    CHECK(*value ==
          Json::parse(
              R"({"a":1,"b":"1","c":"yes","d":true,"e":1.5,"f":null,"g":"1.20.0","h":16,"i":"","j":null})"));
}

TEST_CASE("YAML that was written is read back the same") {
    const Json value = Json::parse(
        R"({"s":"true","n":5,"t":"5","m":{"x":[1,"a: b",{}, []]},"l":"a\nb\n","e":"","y":"no","nul":null})");
    const auto back = parse_yaml(dump_yaml(value), "test");
    REQUIRE(back);
    CHECK(*back == value);
}

TEST_CASE("a YAML mistake names file and line") {
    const auto value = parse_yaml("a: 1\nb: [1,\nc: }", "values.yaml");
    REQUIRE_FALSE(value);
    CHECK(value.error().message.starts_with("values.yaml:"));
}

TEST_CASE("a YAML bomb ends") {
    std::string text = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
    char last = 'a';
    for (char c = 'b'; c < 'k'; ++c, ++last) {
        text += std::string(1, c) + ": &" + c + " [";
        for (int i = 0; i < 10; ++i) text += std::string(i > 0 ? "," : "") + "*" + last;
        text += "]\n";
    }
    CHECK_FALSE(parse_yaml(text, "bomb").has_value());
}

TEST_CASE("at_path never throws") {
    const Json value = Json::parse(R"({"a":{"b":[1]}})");
    CHECK(at_path(value, {"a", "b", "c"}).is_null());
    CHECK(int_at(value, {"a", "x"}, 7) == 7);
    CHECK(list_at(value, {"a"}).empty());
}

TEST_CASE("gzip: whole comes back, cut or damaged is found") {
    std::string text;
    for (int i = 0; i < 50'000; ++i) text += std::to_string(i);
    const std::string packed = gzip(text);
    REQUIRE(gunzip(packed).has_value());
    CHECK(*gunzip(packed) == text);
    for (const std::size_t cut : {std::size_t{0}, std::size_t{5}, packed.size() / 2, packed.size() - 1}) {
        CHECK_FALSE(gunzip(packed.substr(0, cut)).has_value());
    }
    std::string damaged = packed;
    damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
    CHECK_FALSE(gunzip(damaged).has_value());
    CHECK(gunzip(packed + packed).value() == text + text);
}

TEST_CASE("times are read with fraction and offset") {
    CHECK(to_rfc3339(*parse_rfc3339("2026-11-21T11:42:21.5+02:00")) == "2026-11-21T09:42:21Z");
    CHECK_FALSE(parse_rfc3339("yesterday").has_value());
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
