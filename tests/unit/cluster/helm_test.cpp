// SPDX-License-Identifier: Apache-2.0
#include "cluster/helm.hpp"

#include "base/file.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <thread>

using namespace su;

namespace {

/// A "helm" that writes down its arguments and environment, then does what `script` says.
struct RecordingHelm {
    TempDir folder = *TempDir::create();
    std::string program = folder.path() / "helm";

    explicit RecordingHelm(const std::string& script) {
        const std::string to = folder.path();
        const auto written = write_file(
            program, "#!/bin/sh\nfor a in \"$@\"; do echo \"$a\"; done > " + to + "/argv\n" +
                         "env | grep -E '^(HELM_|KUBECONFIG=)' | sort > " + to + "/env\n" + script + "\n");
        REQUIRE(written);
        ::chmod(program.c_str(), 0700);
    }
    [[nodiscard]] std::string argv() const { return *read_file(folder.path() / "argv"); }
    [[nodiscard]] std::string env() const { return *read_file(folder.path() / "env"); }
};

ClusterTarget a_target() {
    ClusterTarget target;
    target.kubeconfig = "/k";
    target.context = "c";
    target.name_space = "ns";
    target.api_server = "https://s";
    target.token = "t0ken";
    target.as_user = "u";
    target.as_groups = {"g1", "g2"};
    target.ca_file = "/ca";
    target.tls_server_name = "n";
    target.insecure_skip_tls_verify = true;
    return target;
}

Error explained(const std::string& words) {
    ProcessResult result;
    result.code = 1;
    result.err = words;
    return Helm::explain(result, "upgrading x");
}

}  // namespace

TEST_CASE("helm's target goes by the environment, and no token into an argv") {
    const RecordingHelm helm("echo v3.22.0");
    const auto version = Helm(helm.program, a_target()).version({});
    REQUIRE(version);
    CHECK(version->major == 3);
    CHECK(version->minor == 22);
    CHECK(version->text == "v3.22.0");
    CHECK(helm.argv() == "version\n--template={{.Version}}\n");
    CHECK(helm.env() ==
          "HELM_KUBEAPISERVER=https://s\nHELM_KUBEASGROUPS=g1,g2\nHELM_KUBEASUSER=u\nHELM_KUBECAFILE=/ca\n"
          "HELM_KUBECONTEXT=c\nHELM_KUBEINSECURE_SKIP_TLS_VERIFY=true\nHELM_KUBETLS_SERVER_NAME=n\n"
          "HELM_KUBETOKEN=t0ken\nHELM_NAMESPACE=ns\nKUBECONFIG=/k\n");
}

TEST_CASE("a render is one dry run on the client") {
    const RecordingHelm helm(R"(echo '{"name":"r","version":2,"config":{"a":1},"manifest":"m","hooks":[]}')");
    const auto release = Helm(helm.program, {}).render("r", "./chart", {"--set", "a=1"}, {});
    REQUIRE(release);
    CHECK(release->revision == 2);
    CHECK(release->config == Json{{"a", 1}});
    CHECK(helm.argv() == "upgrade\nr\n./chart\n--set\na=1\n--dry-run=client\n--hide-notes\n--output=json\n");
}

TEST_CASE("an upgrade gets exactly the planned values, and rounds its time up") {
    const RecordingHelm helm("echo warning >&2");
    Helm::UpgradeCall call;
    call.release = "r";
    call.chart = "c";
    call.passed_on = {"--version=1.2.3"};
    call.values_file = "/v/values.yaml";
    call.timeout = std::chrono::milliseconds{1500};
    std::string said;
    call.on_error_output = [&said](std::string_view piece) { said += piece; };
    const auto result = Helm(helm.program, {}).upgrade(call, {});
    REQUIRE(result);
    CHECK(result->ok());
    CHECK(said == "warning\n");
    CHECK(helm.argv() ==
          "upgrade\nr\nc\n--version=1.2.3\n--reset-values\n--values=/v/values.yaml\n--timeout=2s\n"
          "--hide-notes\n--output=json\n");
}

TEST_CASE("a rollback says its revision") {
    const RecordingHelm helm("");
    REQUIRE(Helm(helm.program, {}).rollback("r", 3, true, true, std::chrono::seconds{60}, {}));
    CHECK(helm.argv() == "rollback\nr\n3\n--timeout=60s\n--no-hooks\n--force-conflicts\n");
}

TEST_CASE("a helm that is told to stop is waited for while it resolves its release") {
    const RecordingHelm helm("trap 'sleep 0.3; echo resolved; exit 1' TERM; sleep 60 & wait $!");
    std::stop_source source;
    std::jthread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{300});
        source.request_stop();
    });
    Helm::UpgradeCall call;
    call.release = "r";
    call.chart = "c";
    const auto result = Helm(helm.program, {}).upgrade(call, source.get_token());
    REQUIRE(result);
    CHECK(result->end == ProcessResult::End::cancelled);
    CHECK(result->out == "resolved\n");
}

TEST_CASE("a history that only helm can read is put together from its commands") {
    const RecordingHelm helm(R"(case "$1 $2" in
"history r") echo '[{"revision":4}]';;
"get all") printf 'name=r\nnamespace=ns\nversion=4\ninfo/status=deployed\nchart/metadata/name=c\nmanifest=a%%3A+%%22b%%2Bc%%22%%0A\nhook=\nhook/name=h\nhook/event=pre-upgrade\n';;
"get values") echo '{"a":1}';;
esac)");
    const auto history = Helm(helm.program, {}).history("r", {});
    REQUIRE(history);
    REQUIRE(history->size() == 1);
    const Release& release = history->front();
    CHECK(release.revision == 4);
    CHECK(release.status == "deployed");
    CHECK(release.chart_name == "c");
    CHECK(release.manifest == "a: \"b+c\"\n");
    CHECK(release.config == Json{{"a", 1}});
    CHECK(release.hooks == Json::parse(R"([{"name":"h","events":["pre-upgrade"]}])"));
}

TEST_CASE("known failures of helm have a code and a hint; all have helm's words") {
    const Error pending =
        explained("Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress");
    CHECK(pending.code == Errc::conflict);
    CHECK_FALSE(pending.hint.empty());
    CHECK(pending.message.find("another operation") != std::string::npos);
    CHECK(explained("Error: release: not found").code == Errc::not_found);
    CHECK(explained("Error: something new\x1b[31m").code == Errc::tool_failed);
    CHECK(explained("Error: something new\x1b[31m").message == "upgrading x: Error: something new\\x1b[31m");
    CHECK(explained("").message == "upgrading x: helm exited with 1");
}
