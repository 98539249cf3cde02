// SPDX-License-Identifier: Apache-2.0
#include "helm-plugin/upgrade_args.hpp"

#include <catch2/catch.hpp>

using namespace su;
using Words = std::vector<std::string>;

namespace {

UpgradeArgs parsed(const Words& argv) {
    auto result = parse_upgrade_args(argv);
    INFO((result ? "" : result.error().message));
    REQUIRE(result.has_value());
    return std::move(result).value();
}

Error refused(const Words& argv, const ArgsContext& context = {}) {
    const auto result = parse_upgrade_args(argv, context);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == Errc::usage);
    return result.error();
}

}  // namespace

TEST_CASE("release and chart stand anywhere among the flags") {
    const auto args = parsed({"--version", "1.2.3", "photos", "-f", "a.yaml", "repo/photos", "--yes"});
    CHECK(args.release == "photos");
    CHECK(args.chart == "repo/photos");
    CHECK(args.yes);
    CHECK(args.passed_on == Words{"--version=1.2.3"});
    CHECK(args.value_flags == Words{"--values=a.yaml"});
}

TEST_CASE("values reach helm byte for byte and in order") {
    const auto args = parsed({"r", "c", "--set", "a=b,c={x,y}", "-f=one", "--set-json=k={\"a\": 1}", "-ftwo",
                              "--set-string", "-dash"});
    CHECK(args.value_flags == Words{"--set=a=b,c={x,y}", "--values=one", "--set-json=k={\"a\": 1}",
                                    "--values=two", "--set-string=-dash"});
}

TEST_CASE("short flags combine as pflag combines them") {
    const auto args = parsed({"r", "c", "-iyf", "v.yaml"});
    CHECK(args.yes);
    CHECK(args.value_flags == Words{"--values=v.yaml"});
    CHECK(args.notes.size() == 1);
    CHECK(parsed({"r", "c", "-iyfv.yaml"}).value_flags == Words{"--values=v.yaml"});
    CHECK(refused({"r", "c", "-yz"}).message == "unknown flag -z in -yz");
}

TEST_CASE("an optional value is never the next word") {
    const auto args = parsed({"--dry-run", "r", "c", "--wait", "-ojson"});
    CHECK(args.dry_run);
    CHECK(args.release == "r");
    CHECK(args.output == OutputFormat::json);
}

TEST_CASE("dry-run in every spelling of both helms") {
    for (const auto* word : {"--dry-run", "--dry-run=client", "--dry-run=server", "--dry-run=true"})
        CHECK(parsed({"r", "c", word}).dry_run);
    for (const auto* word : {"--dry-run=none", "--dry-run=false"})
        CHECK_FALSE(parsed({"r", "c", word}).dry_run);
    CHECK(refused({"r", "c", "--dry-run=maybe"}).hint == "use client, server or none");
}

TEST_CASE("switches take truth values as Go does") {
    CHECK_FALSE(parsed({"r", "c", "--yes=false"}).yes);
    CHECK(parsed({"r", "c", "--no-hooks=false"}).passed_on == Words{"--no-hooks=false"});
    CHECK(refused({"r", "c", "--yes=maybe"}).message == "--yes does not take \"maybe\"");
}

TEST_CASE("on failure: helm's words mean ours, and two answers are a mistake") {
    CHECK(parsed({"r", "c", "--atomic"}).on_failure == OnFailure::rollback);
    CHECK(parsed({"r", "c", "--rollback-on-failure"}).on_failure == OnFailure::rollback);
    CHECK_FALSE(parsed({"r", "c", "--atomic=false"}).on_failure.has_value());
    CHECK(parsed({"r", "c", "--on-failure", "keep"}).on_failure == OnFailure::keep);
    CHECK(parsed({"r", "c", "--atomic", "--on-failure=rollback"}).on_failure == OnFailure::rollback);
    refused({"r", "c", "--atomic", "--on-failure=keep"});
    refused({"r", "c", "--on-failure=explode"});
}

TEST_CASE("flags that put data at risk are refused with the reason") {
    for (const auto* word : {"--force", "--force-replace", "--recreate-pods"}) {
        const auto error = refused({"r", "c", word});
        CHECK(error.message == std::string(word) + " is refused");
        CHECK(error.hint.size() > 20);
    }
    CHECK(parsed({"r", "c", "--force=false"}).passed_on.empty());
}

TEST_CASE("our own values") {
    const auto args =
        parsed({"r", "c", "--without-backup", "cache", "--without-backup=logs", "--timeout=1h30m",
                "--backup-dir", "/b", "--save=p.json", "--profile", "immich"});
    CHECK(args.without_backup == Words{"cache", "logs"});
    CHECK(args.timeout == std::chrono::minutes{90});
    CHECK(args.backup_dir == "/b");
    CHECK(args.save_file == "p.json");
    CHECK(args.profile == "immich");
    refused({"r", "c", "--timeout=soon"});
    refused({"r", "c", "--timeout=0s"});
    refused({"r", "c", "--without-backup="});
    refused({"r", "c", "--strategy=blue"});
    refused({"r", "c", "-o", "yaml"});
    refused({"r", "c", "--backup-dir"});
}

TEST_CASE("unknown flags name the nearest") {
    const auto error = refused({"r", "c", "--reuse-value"});
    CHECK(error.message == "unknown flag --reuse-value");
    CHECK(error.hint == "did you mean --reuse-values?");
    CHECK(refused({"r", "c", "--\x1b[31m"}).message.find('\x1b') == std::string::npos);
}

TEST_CASE("what helm leaves of its own flags is accepted") {
    const auto args =
        parsed({"r", "c", "-nphotos", "--debug=true", "--qps", "3", "--burst-limit=9", "--color", "never"});
    REQUIRE(args.connection.size() == 5);
    CHECK(args.connection[0] == std::pair<std::string, std::string>{"namespace", "photos"});
    CHECK(args.connection[1] == std::pair<std::string, std::string>{"debug", "true"});
    CHECK(args.passed_on.empty());
}

TEST_CASE("after -- everything is a word") {
    const auto args = parsed({"--yes", "--", "r", "./-chart"});
    CHECK(args.chart == "./-chart");
    CHECK(refused({"--", "r", "c", "--yes"}).message ==
          "too many words: \"--yes\" comes after RELEASE and CHART");
}

TEST_CASE("the missing word that helm has swallowed is explained") {
    CHECK(refused({"c"}, {.skip_tls_verify_in_env = true}).hint.find("=true") != std::string::npos);
    CHECK(refused({"c"}).message == "CHART is missing after the release \"c\"");
    CHECK(refused({}).message == "RELEASE and CHART are missing");
    CHECK(refused({"a", "b", "c"}).message.starts_with("too many words"));
    CHECK(refused({"Not_A_Release", "c"}).message == "\"Not_A_Release\" is no release name");
}

TEST_CASE("help and a saved plan need no release") {
    CHECK(parsed({"-h"}).help);
    CHECK(parsed({"--plan", "p.json"}).plan_file == "p.json");
}

TEST_CASE("secret values are not shown") {
    CHECK(shown_flags({"--set=db.password=hunter2", "--password=hunter2", "--version=1.0.0", "--no-hooks"}) ==
          Words{"--set=db.password=***", "--password=***", "--version=1.0.0", "--no-hooks"});
    CHECK(shown_flags({"--set=a=1,b=hunter2"}) == Words{"--set=***"});
    CHECK(shown_flags({"--set-json={\"a\": \"hunter2=\"}"}) == Words{"--set-json=***"});
}

TEST_CASE("other subcommands get an argv without connection flags") {
    Words argv{"list", "-nfoo", "--debug=true", "--qps", "3", "-o", "json", "-n", "bar", "--", "-nkept"};
    const auto taken = take_connection_flags(argv);
    REQUIRE(taken.has_value());
    CHECK(taken.value().size() == 4);
    CHECK(taken.value()[3].second == "bar");
    CHECK(argv == Words{"list", "-o", "json", "--", "-nkept"});
    Words cut{"list", "--qps"};
    CHECK_FALSE(take_connection_flags(cut).has_value());
}
