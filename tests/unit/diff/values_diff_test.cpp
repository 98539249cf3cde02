// SPDX-License-Identifier: Apache-2.0
#include "diff/values_diff.hpp"

#include "base/text.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace su;

namespace {

Json yaml(const std::string& text) {
    auto value = parse_yaml(text, "test");
    if (!value) FAIL(value.error().message);
    return std::move(*value);
}

struct Case {
    std::string old_defaults, new_defaults, stored, given;  // YAML
    bool reuse_values = false;
    std::vector<std::string> subcharts = {};
};

std::vector<ValueFinding> findings(const Case& c) {
    ValuesDiffInput input;
    input.old_defaults = yaml(c.old_defaults);
    input.new_defaults = yaml(c.new_defaults);
    input.stored_user_values = yaml(c.stored);
    input.given_user_values = yaml(c.given);
    input.reuse_values = c.reuse_values;
    input.subcharts = c.subcharts;
    return diff_values(input);
}

/// One line a finding: "class path before -> after (set by) [likely new name]".
std::vector<std::string> lines(const Case& c) {
    std::vector<std::string> result;
    for (const auto& f : findings(c)) {
        result.push_back(std::string(value_class_name(f.value_class)) + " " + f.path + " " +
                         dump_json(f.before) + " -> " + dump_json(f.after) + " (" + f.set_by + ")" +
                         (f.likely_new_name.empty() ? "" : " [" + f.likely_new_name + "]"));
        CHECK_FALSE(f.consequence.empty());
    }
    return result;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("ignored: a key that was renamed is told with its new name") {
    CHECK(lines({"server: {logLevel: info}", "server: {log: {level: info}}", "server: {logLevel: debug}",
                 "server: {logLevel: debug}"}) ==
          Lines{"ignored server.logLevel \"debug\" -> null (you (stored)) [server.log.level]",
                "new_default server.log.level null -> \"info\" (chart)"});
}

TEST_CASE("ignored: a subtree that moved is told with its new place") {
    CHECK(lines({"image: {repository: immich, tag: v1}", "server: {image: {repository: immich, tag: v2}}",
                 "image: {tag: v1.5}", "image: {tag: v1.5}"})
              .front() == "ignored image.tag \"v1.5\" -> null (you (stored)) [server.image.tag]");
}

TEST_CASE("ignored: a key that is newly given and known to no default") {
    CHECK(lines({"a: {b: 1}", "a: {b: 1}", "", "a: {c: 2}"}) ==
          Lines{"ignored a.c 2 -> null (you)", "changed_by_you a.c null -> 2 (you)"});
}

TEST_CASE("ignored: a slip of the pen and a same default are evidence, two equal places are none") {
    CHECK(findings(
              {"a: {replicas: 1}", "a: {replicaCount: 1, other: x}", "a: {replicas: 3}", "a: {replicas: 3}"})
              .front()
              .likely_new_name.empty());
    CHECK(findings({"a: {hostname: x}", "a: {hostnames: x}", "a: {hostname: y}", "a: {hostname: y}"})
              .front()
              .likely_new_name == "a.hostnames");
    CHECK(findings({"cache: registry.example.com/valkey", "k: {v: registry.example.com/valkey}", "cache: x",
                    "cache: x"})
              .front()
              .likely_new_name == "k.v");
    CHECK(findings({"tag: v1", "a: {tag: v1}\nb: {tag: v1}", "tag: v2", "tag: v2"})
              .front()
              .likely_new_name.empty());
}

TEST_CASE("ignored: what cannot be known is not said") {
    CHECK(lines({"a: {}", "a: {}", "", "a: {x: 1}"}) == Lines{"changed_by_you a.x null -> 1 (you)"});
    CHECK(lines({"a: []", "a: []", "", "a: {x: 1}"}) == Lines{"type_changed a {\"x\":1} -> [] (you)"});
    CHECK(lines({"a:", "a:", "", "a: {x: {y: 1}}"}) == Lines{"changed_by_you a.x.y null -> 1 (you)"});
    CHECK(lines({"a: 1", "a: 1", "", "global: {x: 1}"}) == Lines{"changed_by_you global.x null -> 1 (you)"});
    CHECK(lines({"a: 1", "a: 1", "", "redis: {x: 1}", false, {"redis"}}) ==
          Lines{"changed_by_you redis.x null -> 1 (you)"});
    CHECK(lines({"", "", "", "x: 1"}) == Lines{"changed_by_you x null -> 1 (you)"});
    CHECK(lines({"a: 1", "a: 1", "b: 1", "b: 1"}).empty());
}

TEST_CASE("dropped: a stored value that this command loses") {
    CHECK(lines({"a: info", "a: info", "a: debug", ""}) ==
          Lines{"dropped a \"debug\" -> \"info\" (you (stored))"});
    CHECK(lines({"a: {b: 1, c: 2}", "a: {b: 1, c: 2}", "a: {b: 5, c: 6}", "a: {c: 6}"}) ==
          Lines{"dropped a.b 5 -> 1 (you (stored))"});
    CHECK(lines({"a: 1", "b: 1", "a: 5", "b: 1"}).front() == "dropped a 5 -> null (you (stored))");
    CHECK(findings({"a: 1", "a: 1", "a: 1", ""}).front().consequence ==
          "this command loses your value; the new default is the same today");
}

TEST_CASE("default_changed: only where the user sets nothing") {
    CHECK(lines({"a: 1", "a: 2", "", ""}) == Lines{"default_changed a 1 -> 2 (chart)"});
    CHECK(lines({"a: {b: [x, y], c: 1}", "a: {b: [x, z, w], c: 1}", "", ""}) ==
          Lines{"default_changed a.b[1] \"y\" -> \"z\" (chart)",
                "default_changed a.b[2] null -> \"w\" (chart)"});
    CHECK(lines({"a: {b: 1}", "a: text", "", ""}) ==
          Lines{"default_changed a {\"b\":1} -> \"text\" (chart)"});
    CHECK(lines({"a: 1", "a: 1.0", "", ""}).empty());
}

TEST_CASE("overridden_default_changed: the user's value hides the change") {
    CHECK(lines({"a: 1", "a: 2", "a: 5", "a: 5"}) == Lines{"overridden_default_changed a 1 -> 2 (chart)"});
    CHECK(
        lines({"a: {b: x, c: 1}", "a: {b: y, c: 2}", "a: {b: z}", "a: {b: z}"}) ==
        Lines{"overridden_default_changed a.b \"x\" -> \"y\" (chart)", "default_changed a.c 1 -> 2 (chart)"});
    CHECK(lines({"a: [1]", "a: [1, 2]", "a: [7]", "a: [7]"}) ==
          Lines{"overridden_default_changed a [1] -> [1,2] (chart)"});
    CHECK(findings({"a: 1", "a: 2", "a: 2", "a: 2"}).front().consequence ==
          "your value is what the new default is");
}

TEST_CASE("new_default and removed_default: keys that only one chart has") {
    CHECK(lines({"a: 1", "a: 1\nb: {c: 2, d: {}}", "", ""}) ==
          Lines{"new_default b.c null -> 2 (chart)", "new_default b.d null -> {} (chart)"});
    CHECK(lines({"a: 1", "a: 1\nb: 2", "", "b: 2"}) == Lines{"changed_by_you b null -> 2 (you)"});
    CHECK(lines({"", "a: 1", "", ""}) == Lines{"new_default a null -> 1 (chart)"});
    CHECK(lines({"a: 1\nb: {c: 2, d: 3}", "a: 1", "", ""}) ==
          Lines{"removed_default b.c 2 -> null (chart)", "removed_default b.d 3 -> null (chart)"});
    CHECK(lines({"a: 1\nb: 1", "a: 1", "b: 1", "b: 1"}) == Lines{"ignored b 1 -> null (you (stored))"});
    CHECK(lines({"a: 1", "", "", ""}) == Lines{"removed_default a 1 -> null (chart)"});
}

TEST_CASE("type_changed: the user's value has another type than the new default") {
    CHECK(lines({"a: x", "a: {b: x}", "a: y", "a: y"}) ==
          Lines{"type_changed a \"y\" -> {\"b\":\"x\"} (you (stored))"});
    CHECK(lines({"a: [x]", "a: x", "a: [y]", "a: [y]"}) ==
          Lines{"type_changed a [\"y\"] -> \"x\" (you (stored))"});
    CHECK(lines({"a: 1", "a: 1", "", "a: \"2\""}) ==
          Lines{"type_changed a \"2\" -> 1 (you)", "changed_by_you a null -> \"2\" (you)"});
    CHECK(lines({"a: {b: 1}", "a: true", "a: {b: 2}", "a: {b: 2}"}) ==
          Lines{"type_changed a {\"b\":2} -> true (you (stored))"});
    CHECK(lines({"a: 1", "a: 1", "a: x", "a: x"}).empty());
    CHECK(lines({"a: 1", "a:", "a: x", "a: x"}) == Lines{"overridden_default_changed a 1 -> null (chart)"});
}

TEST_CASE("hidden_default: --reuse-values hides what the new chart brings") {
    CHECK(lines({"a: 1", "a: 1\nb: 2", "a: 5", "a: 5", true}) == Lines{"hidden_default b null -> 2 (chart)"});
    CHECK(lines({"a: 1", "a: 2", "", "", true}) == Lines{"hidden_default a 1 -> 2 (chart)"});
    CHECK(lines({"a: 1", "a: 1\nb: {c: {d: x}}", "", "", true}) ==
          Lines{"hidden_default b.c.d null -> \"x\" (chart)"});
}

TEST_CASE("changed_by_you: stored and given values differ") {
    CHECK(lines({"a: 1", "a: 1", "a: 2", "a: 3"}) == Lines{"changed_by_you a 2 -> 3 (you)"});
    CHECK(lines({"a: [x, y]", "a: [x, y]", "a: [p, q]", "a: [p, r]"}) ==
          Lines{"changed_by_you a[1] \"q\" -> \"r\" (you)"});
    CHECK(lines({"a: {b: 1}", "a: {b: 1}", "a: {b: 2}", "a:"}) ==
          Lines{"changed_by_you a {\"b\":2} -> null (you)"});
}

TEST_CASE("keys with dots are quoted, and no key can send escapes to a terminal") {
    CHECK(lines({"annotations: {example.com/a: x}", "annotations: {example.com/a: y}", "", ""}) ==
          Lines{"default_changed annotations.\"example.com/a\" \"x\" -> \"y\" (chart)"});
    CHECK(findings({"a: 1", "a: 1\n\"\\e[31m\": 2", "", ""}).front().path == "\"\\x1b[31m\"");
    CHECK(findings({"a: 1", "a: 1\n\"\": 2", "", ""}).front().path == "\"\"");
}

TEST_CASE("findings are sorted by danger, then by path") {
    const auto found = lines({"a: 1\nb: 1\nc: 1\nd: 1\ne: x", "b: 2\nc: 2\nd: 1\ne: 5\nz: 1\ny: 1",
                              "a: 5\nb: 5\ne: x\nd: 7", "a: 5\nb: 5\ne: x"});
    Lines classes;
    for (const auto& line : found) classes.push_back(split(line, ' ')[0] + " " + split(line, ' ')[1]);
    CHECK(classes == Lines{"ignored a", "dropped d", "type_changed e", "overridden_default_changed b",
                           "default_changed c", "new_default y", "new_default z"});
}

TEST_CASE("the demonstration chart's way from 1.0.0 to 2.0.0 is told in full") {
    const std::string old_defaults =
        "server: {replicas: 1, logLevel: info, env: {}}\nmachineLearning: {workers: 1}\n"
        "thumbnails: {format: webp, legacyJpeg: true}\n";
    const std::string new_defaults =
        "server: {replicas: 1, log: {level: info}, env: {}}\nmachineLearning: {workers: 2}\n"
        "thumbnails: {format: webp, quality: 80}\ntrash: {enabled: true, days: 30}\n";
    const std::string user = "server: {logLevel: debug, env: {EXTRA: x}}\nthumbnails: {legacyJpeg: false}\n";
    CHECK(lines({old_defaults, new_defaults, user, user}) ==
          Lines{"ignored server.logLevel \"debug\" -> null (you (stored)) [server.log.level]",
                "ignored thumbnails.legacyJpeg false -> null (you (stored))",
                "default_changed machineLearning.workers 1 -> 2 (chart)",
                "new_default server.log.level null -> \"info\" (chart)",
                "new_default thumbnails.quality null -> 80 (chart)",
                "new_default trash.days null -> 30 (chart)",
                "new_default trash.enabled null -> true (chart)"});
}

namespace {

Json random_values(std::mt19937& random, int depth) {
    static const std::vector<std::string> keys{"a", "b", "password", "image", "tag", "url", "env", "token"};
    Json map = Json::object();
    const int count = static_cast<int>(random() % 4);
    for (int i = 0; i < count; ++i) {
        Json value;
        switch (random() % (depth > 0 ? 8 : 6)) {
            case 0:
                value = static_cast<int>(random() % 3);
                break;
            case 1:
                value = "x" + std::to_string(random() % 3);
                break;
            case 2:
                value = nullptr;
                break;
            case 3:
                value = random() % 2 == 0;
                break;
            case 4:
                value = Json::array({1, "x"});
                break;
            case 5:
                value = Json::object();
                break;
            default:
                value = random_values(random, depth - 1);
        }
        map[keys[random() % keys.size()]] = value;
    }
    return map;
}

/// The planted secret in the places where charts keep secrets, on one level of the tree.
void plant(std::mt19937& random, Json& values, const std::string& secret) {
    const std::vector<Json> plants{{{"password", secret}},
                                   {{"url", "postgres://u:" + secret + "@h/d"}},
                                   {{"env", Json::array({{{"name", "API_TOKEN"}, {"value", secret}}})}},
                                   {{"args", Json::array({"--token", secret})}},
                                   {{"secrets", {{"deep", {{"list", Json::array({secret})}}}}}},
                                   {{"config", "x=1\npassword: " + secret + "\n"}}};
    values.update(plants[random() % plants.size()]);
    for (auto& [key, member] : values.items()) {
        if (member.is_object() && !member.empty() && random() % 2 == 0) plant(random, member, secret);
    }
}

}  // namespace

TEST_CASE("no finding ever shows a planted secret, and equal values have no finding") {
    std::mt19937 random(7);
    for (int round = 0; round < 3000; ++round) {
        ValuesDiffInput input;
        input.old_defaults = random_values(random, 3);
        input.new_defaults = random_values(random, 3);
        input.stored_user_values = random_values(random, 3);
        input.given_user_values = random_values(random, 3);
        input.reuse_values = round % 2 == 0;
        for (Json* values : {&input.old_defaults, &input.new_defaults, &input.stored_user_values,
                             &input.given_user_values}) {
            plant(random, *values, "planted" + std::to_string(random() % 2));
        }
        for (const auto& f : diff_values(input)) {
            const std::string all =
                f.path + f.before.dump() + f.after.dump() + f.consequence + f.likely_new_name;
            if (contains(all, "planted")) FAIL(all);
        }
        input.new_defaults = input.old_defaults;
        input.given_user_values = input.stored_user_values;
        if (!diff_values(input).empty()) FAIL(diff_values(input).front().path);
    }
}
