// SPDX-License-Identifier: Apache-2.0
#include "helm-plugin/flags.hpp"

#include "base/json.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace su {

namespace {

constexpr std::string_view k_both = "3.17-4.3";
constexpr std::string_view k_only3 = "3";
constexpr std::string_view k_only4 = "4";
constexpr std::string_view k_ours = "";

// clang-format off
const std::vector<FlagRow> k_table{
    // --- ours
    {"backup-dir", 0, Takes::value, Fate::own, k_ours, "folder for the backup (default $XDG_DATA_HOME/safe-upgrade)"},
    {"detailed-exitcode", 0, Takes::nothing, Fate::own, k_ours, "diff: exit 3 when there are differences"},
    {"kubectl", 0, Takes::value, Fate::own, k_ours, "the kubectl to use (default $SAFE_UPGRADE_KUBECTL, else the one on PATH)"},
    {"on-failure", 0, Takes::value, Fate::own, k_ours, "rollback, keep or ask; without it: rollback when manifests alone are enough, else stop and say how to go back"},
    {"plan", 0, Takes::value, Fate::own, k_ours, "run exactly this saved plan; refused when release, chart or values have changed since"},
    {"profile", 0, Takes::value, Fate::own, k_ours, "name or file of the application's profile (default: recognised)"},
    {"save", 0, Takes::value, Fate::own, k_ours, "write the plan to a new 0600 file"},
    {"strategy", 0, Takes::value, Fate::own, k_ours, "how to upgrade: rolling"},
    {"take-over", 0, Takes::nothing, Fate::own, k_ours, "take the Lease of a run that has stopped renewing it"},
    {"without-backup", 0, Takes::value, Fate::own, k_ours, "go on without a copy of this store (repeatable); recorded and repeated at every turn"},
    {"yes", 'y', Takes::nothing, Fate::own, k_ours, "do not ask before acting"},
    // --- taken over
    {"atomic", 0, Takes::nothing, Fate::taken_over, k_both, "the same as --on-failure rollback (hidden in Helm 4)"},
    {"cleanup-on-fail", 0, Takes::nothing, Fate::taken_over, k_both, "no effect: new objects stay until the cause is read; the way back removes them"},
    {"create-namespace", 0, Takes::nothing, Fate::taken_over, k_both, "no effect: only an existing release can be upgraded safely"},
    {"dry-run", 0, Takes::optional_value, Fate::taken_over, k_both, "show the plan and stop; client and server do the same, none and false run"},
    {"help", 'h', Takes::nothing, Fate::taken_over, k_both, "our help"},
    {"hide-secret", 0, Takes::nothing, Fate::taken_over, k_both, "no effect: Secrets are always masked"},
    {"install", 'i', Takes::nothing, Fate::taken_over, k_both, "no effect: only an existing release can be upgraded safely"},
    {"output", 'o', Takes::value, Fate::taken_over, k_both, "text, json or markdown (helm's table is text)"},
    {"rollback-on-failure", 0, Takes::nothing, Fate::taken_over, k_only4, "the same as --on-failure rollback"},
    {"timeout", 0, Takes::value, Fate::taken_over, k_both, "how long hooks and our own tracking may take (default 5m0s)"},
    {"wait", 0, Takes::optional_value, Fate::taken_over, k_both, "no effect: our own tracker always watches"},
    {"wait-for-jobs", 0, Takes::nothing, Fate::taken_over, k_both, "no effect: our own tracker watches Jobs too"},
    // --- values
    {"reset-then-reuse-values", 0, Takes::nothing, Fate::value_flag, k_both, "the new chart's defaults, then the release's values, then yours"},
    {"reset-values", 0, Takes::nothing, Fate::value_flag, k_both, "drop the release's values; the plan lists them"},
    {"reuse-values", 0, Takes::nothing, Fate::value_flag, k_both, "keep the release's values and its old chart's defaults; the plan lists the new defaults this hides"},
    {"set", 0, Takes::value, Fate::value_flag, k_both, "set a value", true},
    {"set-file", 0, Takes::value, Fate::value_flag, k_both, "set a value from a file", true},
    {"set-json", 0, Takes::value, Fate::value_flag, k_both, "set a value as JSON", true},
    {"set-literal", 0, Takes::value, Fate::value_flag, k_both, "set a literal string", true},
    {"set-string", 0, Takes::value, Fate::value_flag, k_both, "set a string", true},
    {"values", 'f', Takes::value, Fate::value_flag, k_both, "values file or URL (repeatable)"},
    // --- passed on
    {"ca-file", 0, Takes::value, Fate::passed_on, k_both, "CA bundle of the chart repository"},
    {"cert-file", 0, Takes::value, Fate::passed_on, k_both, "client certificate for the chart repository"},
    {"dependency-update", 0, Takes::nothing, Fate::passed_on, k_both, "update missing dependencies first (helm writes into the chart folder)"},
    {"description", 0, Takes::value, Fate::passed_on, k_both, "text for the new revision"},
    {"devel", 0, Takes::nothing, Fate::passed_on, k_both, "pre-release chart versions too"},
    {"disable-openapi-validation", 0, Takes::nothing, Fate::passed_on, k_both, "helm does not check the objects against the server's schema"},
    {"enable-dns", 0, Takes::nothing, Fate::passed_on, k_both, "DNS lookups in templates"},
    {"force-conflicts", 0, Takes::nothing, Fate::passed_on, k_only4, "server-side apply takes fields from other managers"},
    {"hide-notes", 0, Takes::nothing, Fate::passed_on, k_both, "no chart notes in helm's output"},
    {"history-max", 0, Takes::value, Fate::passed_on, k_both, "revisions that helm keeps; our record keeps the known good one anyway"},
    {"insecure-skip-tls-verify", 0, Takes::nothing, Fate::passed_on, k_both, "no TLS check for the chart download"},
    {"key-file", 0, Takes::value, Fate::passed_on, k_both, "client key for the chart repository"},
    {"keyring", 0, Takes::value, Fate::passed_on, k_both, "public keys for --verify"},
    {"labels", 'l', Takes::value, Fate::passed_on, k_both, "labels of the release's record"},
    {"no-hooks", 0, Takes::nothing, Fate::passed_on, k_both, "hooks do not run, migrations in hooks neither"},
    {"pass-credentials", 0, Takes::nothing, Fate::passed_on, k_both, "credentials to all domains"},
    {"password", 0, Takes::value, Fate::passed_on, k_both, "chart repository password; `helm registry login` or `helm repo add` keep it out of the command line", true},
    {"plain-http", 0, Takes::nothing, Fate::passed_on, k_both, "HTTP for the chart download"},
    {"post-renderer", 0, Takes::value, Fate::passed_on, k_both, "a program in Helm 3, a plugin's name in Helm 4"},
    {"post-renderer-args", 0, Takes::value, Fate::passed_on, k_both, "argument of the post-renderer (repeatable)"},
    {"render-subchart-notes", 0, Takes::nothing, Fate::passed_on, k_both, "notes of subcharts too"},
    {"repo", 0, Takes::value, Fate::passed_on, k_both, "URL of the chart repository"},
    {"server-side", 0, Takes::value, Fate::passed_on, k_only4, "true, false or auto"},
    {"skip-crds", 0, Takes::nothing, Fate::passed_on, k_both, "of use with --install only"},
    {"skip-schema-validation", 0, Takes::nothing, Fate::passed_on, k_both, "no check of the values against the chart's schema; the plan still reports violations"},
    {"take-ownership", 0, Takes::nothing, Fate::passed_on, k_both, "adopt objects of another release"},
    {"username", 0, Takes::value, Fate::passed_on, k_both, "chart repository user"},
    {"verify", 0, Takes::nothing, Fate::passed_on, k_both, "check the chart's signature"},
    {"version", 0, Takes::value, Fate::passed_on, k_both, "chart version or range"},
    // --- refused
    {"force", 0, Takes::nothing, Fate::refused, k_both, "it replaces whole objects, so what others have set in them since (replica counts, node ports) is lost unseen; run plain `helm upgrade --force` when that is meant"},
    {"force-replace", 0, Takes::nothing, Fate::refused, k_only4, "it replaces whole objects, so what others have set in them since (replica counts, node ports) is lost unseen; run plain `helm upgrade --force-replace` when that is meant"},
    {"recreate-pods", 0, Takes::nothing, Fate::refused, k_only3, "it deletes all pods at once, the database's too; `kubectl rollout restart` after the upgrade does it in turn"},
    // --- which cluster, as whom; how helm itself behaves
    {"burst-limit", 0, Takes::value, Fate::connection, k_both, "HELM_BURST_LIMIT"},
    {"color", 0, Takes::value, Fate::connection, k_only4, "never, auto or always"},
    {"colour", 0, Takes::value, Fate::connection, k_only4, "the same as --color"},
    {"content-cache", 0, Takes::value, Fate::connection, k_only4, "HELM_CONTENT_CACHE"},
    {"debug", 0, Takes::nothing, Fate::connection, k_both, "HELM_DEBUG: our debug lines too"},
    {"kube-apiserver", 0, Takes::value, Fate::connection, k_both, "HELM_KUBEAPISERVER"},
    {"kube-as-group", 0, Takes::value, Fate::connection, k_both, "HELM_KUBEASGROUPS (repeatable)"},
    {"kube-as-user", 0, Takes::value, Fate::connection, k_both, "HELM_KUBEASUSER"},
    {"kube-ca-file", 0, Takes::value, Fate::connection, k_both, "HELM_KUBECAFILE"},
    {"kube-context", 0, Takes::value, Fate::connection, k_both, "HELM_KUBECONTEXT"},
    {"kube-insecure-skip-tls-verify", 0, Takes::nothing, Fate::connection, k_both, "write it with =true: helm swallows the next word otherwise"},
    {"kube-tls-server-name", 0, Takes::value, Fate::connection, k_both, "HELM_KUBETLS_SERVER_NAME"},
    {"kube-token", 0, Takes::value, Fate::connection, k_both, "HELM_KUBETOKEN; reaches kubectl through a 0600 kubeconfig", true},
    {"kubeconfig", 0, Takes::value, Fate::connection, k_both, "KUBECONFIG"},
    {"namespace", 'n', Takes::value, Fate::connection, k_both, "HELM_NAMESPACE"},
    {"qps", 0, Takes::value, Fate::connection, k_both, "HELM_QPS"},
    {"registry-config", 0, Takes::value, Fate::connection, k_both, "HELM_REGISTRY_CONFIG"},
    {"repository-cache", 0, Takes::value, Fate::connection, k_both, "HELM_REPOSITORY_CACHE"},
    {"repository-config", 0, Takes::value, Fate::connection, k_both, "HELM_REPOSITORY_CONFIG"},
};
// clang-format on

std::string_view takes_name(Takes takes) {
    switch (takes) {
        case Takes::nothing:
            return "nothing";
        case Takes::value:
            return "value";
        case Takes::optional_value:
            return "optional value";
    }
    return "";
}

struct Section {
    Fate fate;
    std::string_view title;
    std::string_view text;
};
constexpr std::array<Section, 6> k_sections{{
    {Fate::own, "Our own", "No helm knows these."},
    {Fate::taken_over, "Taken over", "safe-upgrade does this itself; helm does not get the flag."},
    {Fate::value_flag, "Values",
     "Given to one render, which yields the merged values. The upgrade gets exactly these in a 0600 file."},
    {Fate::passed_on, "Passed on", "To the render and to `helm upgrade`, as given."},
    {Fate::refused, "Refused", "Exit 2, with the reason."},
    {Fate::connection, "Which cluster, as whom",
     "Helm consumes these and hands them over in the environment; what it leaves in the command line is "
     "accepted."},
}};

}  // namespace

const std::vector<FlagRow>& flag_table() {
    return k_table;
}

const FlagRow* find_flag(std::string_view name) {
    const auto found = std::ranges::find(k_table, name, &FlagRow::name);
    return found == k_table.end() ? nullptr : &*found;
}

const FlagRow* find_short_flag(char short_name) {
    if (short_name == 0) return nullptr;
    const auto found = std::ranges::find(k_table, short_name, &FlagRow::short_name);
    return found == k_table.end() ? nullptr : &*found;
}

std::vector<std::string> flag_names() {
    std::vector<std::string> names;
    for (const auto& row : k_table) names.emplace_back(row.name);
    return names;
}

std::string_view fate_name(Fate fate) {
    switch (fate) {
        case Fate::passed_on:
            return "passed_on";
        case Fate::value_flag:
            return "value_flag";
        case Fate::taken_over:
            return "taken_over";
        case Fate::refused:
            return "refused";
        case Fate::connection:
            return "connection";
        case Fate::own:
            return "own";
    }
    return "";
}

std::string flag_table_markdown() {
    std::string out =
        "# Flags\n\n"
        "Made from the table in `helm-plugin/flags.cpp` by `scripts/gen-flag-docs`; a test compares them.\n"
        "\"Helm\" names the versions that know a flag: 3 means gone in 4, 4 means not in 3.\n";
    for (const auto& section : k_sections) {
        out.append("\n## ").append(section.title).append("\n\n").append(section.text);
        out += "\n\n| flag | takes | Helm | what happens |\n|---|---|---|---|\n";
        for (const auto& row : k_table) {
            if (row.fate != section.fate) continue;
            out.append("| `--").append(row.name).append("`");
            if (row.short_name != 0) out.append(", `-").append(1, row.short_name).append("`");
            out.append(" | ").append(takes_name(row.takes)).append(" | ").append(row.helm);
            out.append(" | ").append(row.note).append(" |\n");
        }
    }
    return out;
}

std::string flag_table_json() {
    Json rows = Json::array();
    for (const auto& row : k_table) {
        rows.push_back({{"name", row.name},
                        {"short", row.short_name == 0 ? std::string{} : std::string(1, row.short_name)},
                        {"takes", takes_name(row.takes)},
                        {"fate", fate_name(row.fate)},
                        {"helm", row.helm},
                        {"note", row.note}});
    }
    return dump_json(rows, 2) + "\n";
}

}  // namespace su
