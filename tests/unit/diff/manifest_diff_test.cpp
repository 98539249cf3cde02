// SPDX-License-Identifier: Apache-2.0
#include "diff/manifest_diff.hpp"

#include "base/text.hpp"
#include "diff/quantity.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace su;

namespace {

using Lines = std::vector<std::string>;

ManifestDiff diff(const std::string& before, const std::string& after) {
    auto result = diff_manifests(before, after, "default");
    if (!result) FAIL(result.error().message);
    return std::move(*result);
}

/// "~ Kind/name path before -> after", "+ ns/Kind/name", "- ns/Kind/name (data)".
Lines lines(const ManifestDiff& d) {
    Lines result;
    for (const auto& object : d.objects) {
        const std::string name = object.name_space + "/" + object.object_kind + "/" + object.name;
        if (object.kind == ObjectChange::Kind::added) result.push_back("+ " + name);
        if (object.kind == ObjectChange::Kind::removed)
            result.push_back("- " + name + (object.holds_data ? " (data)" : ""));
        for (const auto& field : object.fields) {
            result.push_back("~ " + object.object_kind + "/" + object.name + " " + field.path + " " +
                             dump_json(field.before) + " -> " + dump_json(field.after));
        }
    }
    return result;
}

Lines lines(const std::string& before, const std::string& after) {
    return lines(diff(before, after));
}

std::string object(const std::string& kind, const std::string& rest, const std::string& api = "apps/v1") {
    return "---\napiVersion: " + api + "\nkind: " + kind + "\n" + rest + "\n";
}

/// A Deployment whose only container has these fields.
std::string deployment(const std::string& container, const std::string& labels = "{}",
                       const std::string& annotations = "{}") {
    return object("Deployment", "metadata: {name: web, labels: " + labels +
                                    "}\nspec: {template: {metadata: {annotations: " + annotations +
                                    "}, spec: {containers: [{name: web, " + container + "}]}}}");
}

}  // namespace

TEST_CASE("equal manifests have no difference, whatever their order") {
    const std::string a = object("Service", "metadata: {name: a}", "v1");
    const std::string b = deployment("image: x:1");
    CHECK(lines(a + b, b + a).empty());
    CHECK(lines("", "").empty());
    CHECK(diff(a, a).hidden.empty());
    CHECK(diff(b, b).images.empty());
}

TEST_CASE("objects are matched by group, kind, namespace and name") {
    const std::string v1beta1 = object("CronJob", "metadata: {name: a}", "batch/v1beta1");
    const std::string v1 = object("CronJob", "metadata: {name: a}", "batch/v1");
    CHECK(lines(v1beta1, v1) == Lines{"~ CronJob/a apiVersion \"batch/v1beta1\" -> \"batch/v1\""});
    const std::string here = object("Service", "metadata: {name: a}", "v1");
    const std::string there = object("Service", "metadata: {name: a, namespace: other}", "v1");
    CHECK(lines(here, there) == Lines{"- default/Service/a", "+ other/Service/a"});
    CHECK(lines(here, object("Service", "metadata: {name: a, namespace: default}", "v1")) ==
          Lines{"~ Service/a metadata.namespace null -> \"default\""});
    CHECK(lines(here, object("Service", "metadata: {name: a}", "serving.knative.dev/v1")).size() == 2);
}

TEST_CASE("removed objects that hold data come first and are marked") {
    const std::string claims =
        object("StatefulSet", "metadata: {name: db}\nspec: {volumeClaimTemplates: [{metadata: {name: d}}]}");
    const std::string pvc = object("PersistentVolumeClaim", "metadata: {name: library}", "v1");
    const std::string none = object("StatefulSet", "metadata: {name: cache}\nspec: {}");
    const std::string config = object("ConfigMap", "metadata: {name: a}", "v1");
    CHECK(lines(config + none + claims + pvc, object("Secret", "metadata: {name: n}", "v1")) ==
          Lines{"- default/PersistentVolumeClaim/library (data)", "- default/StatefulSet/db (data)",
                "- default/ConfigMap/a", "- default/StatefulSet/cache", "+ default/Secret/n"});
    CHECK_FALSE(diff(claims, claims + pvc).objects.front().holds_data);
}

TEST_CASE("lists are compared by their merge key") {
    CHECK(lines(deployment("env: [{name: A, value: '1'}, {name: B, value: '2'}]"),
                deployment("env: [{name: N, value: '0'}, {name: B, value: '3'}, {name: A, value: '1'}]")) ==
          Lines{"~ Deployment/web spec.template.spec.containers[web].env[B].value \"2\" -> \"3\"",
                "~ Deployment/web spec.template.spec.containers[web].env[N] null -> "
                "{\"name\":\"N\",\"value\":\"0\"}"});
    CHECK(lines(deployment("volumeMounts: [{mountPath: /a, name: x}, {mountPath: /b, name: x}]"),
                deployment("volumeMounts: [{mountPath: /b, name: y}]")) ==
          Lines{"~ Deployment/web spec.template.spec.containers[web].volumeMounts[/a] "
                "{\"mountPath\":\"/a\",\"name\":\"x\"} -> null",
                "~ Deployment/web spec.template.spec.containers[web].volumeMounts[/b].name \"x\" -> \"y\""});
    CHECK(
        lines(deployment("ports: [{containerPort: 80}, {containerPort: 53, protocol: UDP}]"),
              deployment("ports: [{containerPort: 53, protocol: UDP, hostPort: 53}, {containerPort: 80}]")) ==
        Lines{"~ Deployment/web spec.template.spec.containers[web].ports[53/UDP].hostPort null -> 53"});
    CHECK(lines(deployment("ports: [{name: http, containerPort: 80}]"),
                deployment("ports: [{name: http, containerPort: 8080}]")) ==
          Lines{"~ Deployment/web spec.template.spec.containers[web].ports[http].containerPort 80 -> 8080"});
    CHECK(lines(deployment("args: [a, b]"), deployment("args: [a, c, d]")) ==
          Lines{"~ Deployment/web spec.template.spec.containers[web].args[1] \"b\" -> \"c\"",
                "~ Deployment/web spec.template.spec.containers[web].args[2] null -> \"d\""});
}

TEST_CASE("a list in another order is hidden and counted, equal keys fall back to the index") {
    const auto d = diff(deployment("env: [{name: A, value: x}, {name: B, value: y}]"),
                        deployment("env: [{name: B, value: y}, {name: A, value: x}]"));
    CHECK(d.objects.empty());
    CHECK(d.hidden == std::map<std::string, int>{{"list order", 1}});
    CHECK(lines(deployment("env: [{name: A, value: x}, {name: A, value: y}]"),
                deployment("env: [{name: A, value: x}, {name: A, value: z}]")) ==
          Lines{"~ Deployment/web spec.template.spec.containers[web].env[1].value \"y\" -> \"z\""});
}

TEST_CASE("quantities and ports are compared by what they mean") {
    const auto d = diff(
        deployment("resources: {limits: {cpu: 1000m, memory: 1Gi}}, ports: [{name: a, containerPort: '80'}]"),
        deployment("resources: {limits: {cpu: 1, memory: 1024Mi}}, ports: [{name: a, containerPort: 80}]"));
    CHECK(lines(d).empty());
    CHECK(d.hidden == std::map<std::string, int>{{"port notation", 1}, {"quantity notation", 2}});
    CHECK(lines(deployment("resources: {limits: {memory: 1Gi}}"),
                deployment("resources: {limits: {memory: 1G}}"))
              .size() == 1);
    CHECK(lines(deployment("env: [{name: A, value: 1000m}]"), deployment("env: [{name: A, value: '1'}]"))
              .size() == 1);
}

TEST_CASE("quantities are read as Kubernetes reads them") {
    CHECK(same_quantity("1000m", 1));
    CHECK(same_quantity("1Gi", "1024Mi"));
    CHECK(same_quantity("1e3", "1k"));
    CHECK(same_quantity("0.5", "500m"));
    CHECK(same_quantity("1E", "1e18"));
    CHECK_FALSE(same_quantity("1Gi", "1G"));
    CHECK_FALSE(same_quantity("x", "x"));
    CHECK_FALSE(parse_quantity("1 Gi"));
    CHECK_FALSE(parse_quantity(""));
    CHECK_FALSE(parse_quantity("nan"));
    CHECK_FALSE(parse_quantity(nullptr));
}

TEST_CASE("noise is hidden and counted, on objects and on pod templates") {
    const auto d = diff(deployment("image: x", "{helm.sh/chart: a-1, app.kubernetes.io/version: '1', app: a}",
                                   "{checksum/config: aaa}"),
                        deployment("image: x", "{helm.sh/chart: a-2, app.kubernetes.io/version: '2', app: a}",
                                   "{checksum/config: bbb, checksum/secret: c}"));
    CHECK(d.objects.empty());
    CHECK(d.hidden == std::map<std::string, int>{{"app.kubernetes.io/version label", 1},
                                                 {"checksum annotation", 2},
                                                 {"helm.sh/chart label", 1}});
    CHECK(lines(deployment("image: x", "{helm.sh/chart: a-1, app: a}"),
                deployment("image: x", "{helm.sh/chart: a-2, app: b}")) ==
          Lines{"~ Deployment/web metadata.labels.app \"a\" -> \"b\""});
    CHECK(lines(object("Service", "metadata: {name: a}\nspec: {selector: {helm.sh/chart: a-1}}", "v1"),
                object("Service", "metadata: {name: a}\nspec: {selector: {helm.sh/chart: a-2}}", "v1")) ==
          Lines{"~ Service/a spec.selector.\"helm.sh/chart\" \"a-1\" -> \"a-2\""});
}

TEST_CASE("null and empty defaults are the same as absent, an emptyDir is not") {
    CHECK(lines(deployment("resources: {}, env: [], command: null"), deployment("image: null")).empty());
    CHECK(lines(object("Pod", "metadata: {name: a}\nspec: {volumes: [{name: v, emptyDir: {}}]}", "v1"),
                object("Pod", "metadata: {name: a}\nspec: {volumes: [{name: v}]}", "v1")) ==
          Lines{"~ Pod/a spec.volumes[v].emptyDir {} -> null"});
}

TEST_CASE("images are collected of every kind of workload") {
    const auto workload = [](const std::string& kind, const std::string& image) {
        const std::string spec =
            "{initContainers: [{name: init, image: i:1}], containers: [{name: c, image: " + image + "}]}";
        if (kind == "Pod") return object(kind, "metadata: {name: w}\nspec: " + spec, "v1");
        if (kind == "CronJob")
            return object(
                kind, "metadata: {name: w}\nspec: {jobTemplate: {spec: {template: {spec: " + spec + "}}}}",
                "batch/v1");
        return object(kind, "metadata: {name: w}\nspec: {template: {spec: " + spec + "}}");
    };
    for (const char* kind : {"Pod", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Rollout"}) {
        const auto d = diff(workload(kind, "x:1"), workload(kind, "x:2"));
        INFO(kind);
        REQUIRE(d.images.size() == 1);
        CHECK(d.images[0].workload == std::string(kind) + "/w");
        CHECK(d.images[0].container == "c");
        CHECK(d.images[0].before == "x:1");
        CHECK(d.images[0].after == "x:2");
    }
    const auto added = diff("", workload("Job", "x:1"));
    REQUIRE(added.images.size() == 2);
    CHECK(added.images[0].before.empty());
    const auto removed = diff(workload("Job", "x:1"), "");
    REQUIRE(removed.images.size() == 2);
    CHECK(removed.images[1].after.empty());
}

TEST_CASE("a Secret's change is seen and its data is not") {
    const std::string before =
        object("Secret",
               "metadata: {name: s}\ndata: {password: b2xk}\nstringData: {url: 'postgres://u:old@h'}", "v1");
    const std::string after = object(
        "Secret",
        "metadata: {name: s}\ndata: {password: bmV3bmV3}\nstringData: {url: 'postgres://u:new@h', n: x}",
        "v1");
    CHECK(lines(before, after) == Lines{"~ Secret/s data.password \"***\" -> \"***\"",
                                        "~ Secret/s stringData.n null -> \"***\"",
                                        "~ Secret/s stringData.url \"***\" -> \"***\""});
}

TEST_CASE("a planted secret is in no change, wherever charts keep secrets") {
    const std::string s = "planted";
    for (const std::string& container :
         Lines{"env: [{name: DB_PASSWORD, value: " + s + "X}]", "args: ['--password=" + s + "X']",
               "args: [--token, " + s + "X]", "env: [{name: U, value: 'redis://:" + s + "X@h'}]",
               "command: [sh, -c, 'PGPASSWORD=" + s + "X psql']"}) {
        for (const auto& [before, after] : {std::pair{std::string("1"), std::string("22")}, {"", "3"}}) {
            const auto d = diff(deployment(replace_all(container, "X", before)),
                                deployment(replace_all(container, "X", after)));
            CHECK_FALSE(d.objects.empty());
            CHECK_FALSE(contains(join(lines(d), "\n"), s));
            const auto all = diff(deployment("image: x"), deployment(replace_all(container, "X", after)));
            CHECK_FALSE(contains(join(lines(all), "\n"), s));
        }
    }
    const auto config = [&](const std::string& n) {
        return object("ConfigMap",
                      "metadata: {name: c, annotations: {api-token: " + s + n +
                          "}}\ndata: {app.yaml: \"a: 1\\npassword: " + s + n + "\\n\"}",
                      "v1");
    };
    const auto d = diff(config("1"), config("2"));
    CHECK(d.objects.at(0).fields.size() == 2);
    CHECK_FALSE(contains(join(lines(d), "\n"), s));
}

TEST_CASE("a document that is no object is an error that says which one") {
    const auto message = [](const std::string& before, const std::string& after) {
        const auto result = diff_manifests(before, after, "default");
        REQUIRE_FALSE(result.has_value());
        CHECK(result.error().code == Errc::invalid);
        return result.error().message;
    };
    const std::string good = object("Service", "metadata: {name: a}", "v1");
    CHECK(message(good + "---\n- a\n", good) == "document 2 of the present manifest is no map");
    CHECK(message(good, good + "---\napiVersion: v1\n") == "document 2 of the new manifest has no kind");
    CHECK(message("", object("Service", "metadata: {}", "v1")) ==
          "document 1 of the new manifest (Service) has no name");
    CHECK(message("", "a: [").starts_with("the new manifest:"));
}

TEST_CASE("a List is its items, and the last of two equal identities counts as for helm") {
    const std::string list =
        "kind: List\napiVersion: v1\nitems: [{apiVersion: v1, kind: Service, metadata: {name: a}}]\n";
    CHECK(lines(list, object("Service", "metadata: {name: a}", "v1")).empty());
    CHECK(lines(object("Service", "metadata: {name: a}\nx: 1", "v1") +
                    object("Service", "metadata: {name: a}\nx: 2", "v1"),
                object("Service", "metadata: {name: a}\nx: 2", "v1"))
              .empty());
}

TEST_CASE("names from a chart cannot send escapes to a terminal") {
    const auto d = diff("", object("\"Ser\\e[31mvice\"", "metadata: {name: \"a\\e[0m\"}", "v1"));
    CHECK(d.objects.at(0).object_kind == "Ser\\x1b[31mvice");
    CHECK(d.objects.at(0).name == "a\\x1b[0m");
}

TEST_CASE("large manifests are compared in time") {
    std::string before;
    std::string after;
    for (int i = 0; i < 500; ++i) {
        const std::string rest = "metadata: {name: c" + std::to_string(i) + "}\ndata:\n";
        std::string data;
        for (int k = 0; k < 40; ++k)
            data += "  key" + std::to_string(k) + ": value number " + std::to_string(i) + "\n";
        before += object("ConfigMap", rest + data, "v1");
        after += object("ConfigMap", rest + data + "  extra: x\n", "v1");
    }
    const auto start = std::chrono::steady_clock::now();
    CHECK(diff(before, after).objects.size() == 500);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}
