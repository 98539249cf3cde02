// SPDX-License-Identifier: Apache-2.0
#include "cluster/kubeconfig.hpp"

#include "base/file.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "process/process.hpp"

#include <cstdlib>

namespace su {

namespace {

constexpr const char* k_pod_namespace = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

/// As client-go: the flag, else $KUBECONFIG (a list), else ~/.kube/config.
std::vector<std::string> kubeconfig_files(const ClusterTarget& target) {
    if (!target.kubeconfig.empty()) return {target.kubeconfig};
    const std::string listed = environment("KUBECONFIG");
    if (!listed.empty()) return split(listed, ':');
    return {environment("HOME") + "/.kube/config"};
}

/// The entry of that name in one of the named lists ("clusters", "contexts"); null when there is none.
const Json& named(const Json& config, std::string_view list, const std::string& name) {
    static const Json k_none;
    for (const auto& entry : list_at(config, {list})) {
        if (text_at(entry, {"name"}) == name) return entry;
    }
    return k_none;
}

/// A config that needs no other file: for a target that is complete by its flags, or as the start of one.
Json token_config(const Json& cluster, const Json& context, const std::string& token) {
    Json named_context = context;
    named_context["cluster"] = "target";
    named_context["user"] = "target";
    return {{"apiVersion", "v1"},
            {"kind", "Config"},
            {"clusters", {{{"name", "target"}, {"cluster", cluster}}}},
            {"users", {{{"name", "target"}, {"user", {{"token", token}}}}}},
            {"contexts", {{{"name", "target"}, {"context", named_context}}}},
            {"current-context", "target"}};
}

/// kubectl itself merges the files and resolves relative paths; only its answer is used.
Result<Json> minified_config(const ClusterTarget& target, std::stop_token stop) {
    Command command;
    command.argv = {target.kubectl, "config", "view", "--raw", "--minify", "--flatten", "-o", "json"};
    if (!target.kubeconfig.empty()) command.argv.push_back("--kubeconfig=" + target.kubeconfig);
    if (!target.context.empty()) command.argv.push_back("--context=" + target.context);
    SU_ASSIGN(const auto result, run_process(command, stop));
    if (result.ok()) return parse_json(result.out, "the kubeconfig");
    if (!target.api_server.empty() && target.context.empty()) return Json::object();  // the flags say it all
    return Error{Errc::unreachable, "cannot read the kubeconfig: " + result.error_tail(), {}};
}

}  // namespace

std::vector<std::string> kubectl_flags(const ClusterTarget& target) {
    std::vector<std::string> flags;
    const auto add = [&flags](const char* name, const std::string& value) {
        if (!value.empty()) flags.push_back(name + ("=" + value));
    };
    add("--kubeconfig", target.kubeconfig);
    add("--context", target.context);
    add("--server", target.api_server);
    add("--as", target.as_user);
    for (const auto& group : target.as_groups) add("--as-group", group);
    add("--certificate-authority", target.ca_file);
    add("--tls-server-name", target.tls_server_name);
    if (target.insecure_skip_tls_verify) flags.emplace_back("--insecure-skip-tls-verify");
    return flags;
}

std::string context_namespace(const ClusterTarget& target) {
    std::string context = target.context;
    std::vector<Json> configs;
    for (const auto& file : kubeconfig_files(target)) {
        auto text = read_file(file, 16 << 20);
        if (!text) continue;  // client-go passes over missing files too
        auto config = parse_yaml(*text, file);
        if (!config) continue;
        if (context.empty()) context = text_at(*config, {"current-context"});
        configs.push_back(std::move(*config));
    }
    for (const auto& config : configs) {
        const Json& entry = named(config, "contexts", context);
        if (entry.is_object()) return text_at(entry, {"context", "namespace"}, "default");
    }
    if (configs.empty()) {  // kubectl takes the pod's own service account then
        if (const auto text = read_file(k_pod_namespace, 1 << 10)) return trim(*text);
    }
    return "default";
}

Result<std::filesystem::path> write_token_kubeconfig(const ClusterTarget& target,
                                                     const std::filesystem::path& folder,
                                                     std::stop_token stop) {
    SU_ASSIGN(const Json config, minified_config(target, stop));
    Json cluster = Json::object();
    Json context = Json::object();
    if (!list_at(config, {"clusters"}).empty()) cluster = at_path(config["clusters"].front(), {"cluster"});
    if (!list_at(config, {"contexts"}).empty()) context = at_path(config["contexts"].front(), {"context"});
    if (!cluster.is_object()) cluster = Json::object();
    if (!context.is_object()) context = Json::object();
    if (!target.api_server.empty()) cluster["server"] = target.api_server;
    const auto path = folder / "kubeconfig";
    SU_TRY(write_file(path, dump_json(token_config(cluster, context, target.token))));
    return path;
}

}  // namespace su
