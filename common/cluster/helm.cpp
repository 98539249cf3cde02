// SPDX-License-Identifier: Apache-2.0
#include "cluster/helm.hpp"

#include "base/text.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace su {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A helm that was told to stop may still be marking its release as failed: that is worth a minute.
constexpr seconds k_helm_grace{60};
/// Beyond helm's own --timeout, for its start and end.
constexpr seconds k_margin{120};
constexpr seconds k_render{300};

/// Go's duration for a whole number of seconds, never 0 (which Helm 4 takes as 30 s).
std::string helm_timeout(milliseconds timeout) {
    return std::to_string(std::max<long>(1, (timeout.count() + 999) / 1000)) + "s";
}

/// What helm's own words mean, and what to do.
struct Known {
    const char* words;
    Errc code;
    const char* hint;
};

constexpr std::array k_known{
    Known{"another operation", Errc::conflict,
          "another helm is working on this release, or one was killed: see helm safe-upgrade status"},
    Known{"has no deployed releases", Errc::not_found,
          "no such release in this namespace (helm list -A), or its first install never succeeded: --install "
          "makes it"},
    Known{"release: not found", Errc::not_found, "helm list -A shows the releases and their namespaces"},
    Known{"has no 0 version", Errc::not_found, "there is no earlier revision to go back to"},
    Known{"values don't meet the specifications of the schema", Errc::invalid,
          "correct the values that are named"},
    Known{"Kubernetes cluster unreachable", Errc::unreachable, "check the kubeconfig and the network"},
    Known{"conflict with", Errc::conflict,
          "another manager owns these fields: see --force-conflicts (Helm 4)"},
    Known{"is forbidden", Errc::forbidden, "ask for the right that is named"},
    Known{"field is immutable", Errc::invalid,
          "the object must be deleted and made again; its data must be safe first"},
    Known{"no matches for kind", Errc::unsupported,
          "the cluster does not serve this API: a CRD is missing or it was removed"},
    Known{"invalid ownership metadata", Errc::conflict,
          "the object belongs to another release: see --take-ownership"},
    Known{"context deadline exceeded", Errc::timed_out, ""},
};

/// One "path=value" a line, the value URL-encoded; "hook" starts another hook.
constexpr const char* k_get_all =
    "--template={{with .Release}}name={{urlquery .Name}}\nnamespace={{urlquery "
    ".Namespace}}\nversion={{.Version}}\n"
    "info/status={{.Info.Status}}\ninfo/description={{urlquery .Info.Description}}\n"
    "info/first_deployed={{urlquery (.Info.FirstDeployed.Format \"2006-01-02T15:04:05.999999999Z07:00\")}}\n"
    "info/last_deployed={{urlquery (.Info.LastDeployed.Format \"2006-01-02T15:04:05.999999999Z07:00\")}}\n"
    "chart/metadata/name={{urlquery .Chart.Metadata.Name}}\nchart/metadata/version={{urlquery "
    ".Chart.Metadata.Version}}\n"
    "chart/metadata/appVersion={{urlquery .Chart.Metadata.AppVersion}}\nmanifest={{urlquery .Manifest}}\n"
    "{{range .Hooks}}hook=\nhook/name={{urlquery .Name}}\nhook/kind={{urlquery .Kind}}\nhook/path={{urlquery "
    ".Path}}\n"
    "hook/manifest={{urlquery .Manifest}}\n{{range .Events}}hook/event={{.}}\n{{end}}{{end}}{{end}}";

std::string query_decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            out += static_cast<char>(std::strtol(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16));
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

/// The answer to k_get_all in the shape of a stored release.
Json read_get_all(std::string_view text) {
    Json release = Json::object();
    Json hooks = Json::array();
    for (const auto& line : split_lines(text)) {
        const auto equals = line.find('=');
        if (equals == std::string::npos) continue;
        const std::string key = line.substr(0, equals);
        const std::string value = query_decode(std::string_view(line).substr(equals + 1));
        if (key == "hook") {
            hooks.push_back({{"events", Json::array()}});
        } else if (key == "hook/event" && !hooks.empty()) {
            hooks.back()["events"].push_back(value);
        } else if (key.starts_with("hook/") && !hooks.empty()) {
            hooks.back()[key.substr(5)] = value;
        } else if (key == "version") {
            release[key] = parse_int(value).value_or(0);
        } else {
            release[Json::json_pointer("/" + key)] = value;
        }
    }
    release["hooks"] = std::move(hooks);
    return release;
}

}  // namespace

Helm::Helm(std::string program, ClusterTarget target)
    : m_program(std::move(program)), m_target(std::move(target)) {}

/// The target goes by the environment, as helm gives it to its plugins: an argv is seen by everybody on the
/// machine.
Command Helm::command(std::vector<std::string> argv) const {
    Command command;
    command.argv = {m_program};
    command.argv.insert(command.argv.end(), std::make_move_iterator(argv.begin()),
                        std::make_move_iterator(argv.end()));
    const auto set = [&command](const char* name, const std::string& value) {
        if (!value.empty()) command.env.emplace_back(name, value);
    };
    set("KUBECONFIG", m_target.kubeconfig);
    set("HELM_KUBECONTEXT", m_target.context);
    set("HELM_NAMESPACE", m_target.name_space);
    set("HELM_KUBEAPISERVER", m_target.api_server);
    set("HELM_KUBETOKEN", m_target.token);
    set("HELM_KUBEASUSER", m_target.as_user);
    set("HELM_KUBEASGROUPS", join(m_target.as_groups, ","));
    set("HELM_KUBECAFILE", m_target.ca_file);
    set("HELM_KUBETLS_SERVER_NAME", m_target.tls_server_name);
    if (m_target.insecure_skip_tls_verify) set("HELM_KUBEINSECURE_SKIP_TLS_VERIFY", "true");
    command.timeout = seconds{60};
    command.grace = k_helm_grace;
    return command;
}

Result<HelmVersion> Helm::version(std::stop_token stop) {
    SU_ASSIGN(const auto result, run_process(command({"version", "--template={{.Version}}"}), stop));
    if (!result.ok()) return explain(result, "helm version");
    HelmVersion version;
    version.text = printable(trim(result.out));
    if (std::sscanf(version.text.c_str(), "v%d.%d.%d", &version.major, &version.minor, &version.patch) != 3) {
        return Error{Errc::invalid, "helm version: cannot understand \"" + version.text + "\"", {}};
    }
    return version;
}

// One process is enough (measured with 3.22.0 and 4.3.1): the dry run's JSON is the whole release: chart
// (metadata, values, schema, templates, files; not the subcharts, which Helm keeps out of its JSON), config,
// manifest, hooks.
Result<Release> Helm::render(const std::string& release, const std::string& chart,
                             const std::vector<std::string>& passed_on, std::stop_token stop) {
    std::vector<std::string> argv{"upgrade", release, chart};
    argv.insert(argv.end(), passed_on.begin(), passed_on.end());
    argv.insert(argv.end(), {"--dry-run=client", "--hide-notes", "--output=json"});
    Command call = command(std::move(argv));
    call.timeout = k_render;
    SU_ASSIGN(const auto result, run_process(call, stop));
    const std::string what = "rendering " + printable(chart) + " for release " + printable(release);
    if (!result.ok()) return explain(result, what);
    SU_ASSIGN(const Json json, parse_json(result.out, "helm's answer on " + what));
    return release_from_json(json);
}

Result<ProcessResult> Helm::upgrade(const UpgradeCall& call, std::stop_token stop) {
    std::vector<std::string> argv{"upgrade", call.release, call.chart};
    argv.insert(argv.end(), call.passed_on.begin(), call.passed_on.end());
    // --reset-values: the file holds all of the planned values, and helm must not add stored ones
    argv.insert(argv.end(), {"--reset-values", "--values=" + call.values_file.string(),
                             "--timeout=" + helm_timeout(call.timeout), "--hide-notes", "--output=json"});
    Command child = command(std::move(argv));
    child.timeout = call.timeout + k_margin;
    child.on_error_output = call.on_error_output;
    child.max_output = 16ULL << 20;
    return run_process(child, stop);
}

Result<ProcessResult> Helm::rollback(const std::string& release, int revision, bool no_hooks,
                                     bool force_conflicts, milliseconds timeout, std::stop_token stop) {
    std::vector<std::string> argv{"rollback", release, std::to_string(revision),
                                  "--timeout=" + helm_timeout(timeout)};
    if (no_hooks) argv.emplace_back("--no-hooks");
    if (force_conflicts) argv.emplace_back("--force-conflicts");
    Command child = command(std::move(argv));
    child.timeout = timeout + k_margin;
    return run_process(child, stop);
}

// "helm history -o json" has revisions and states only; each revision's content is two more calls. Helm's
// templates know no toJson, so the texts are URL-encoded; the chart's values and templates cannot be had
// (they stay empty).
Result<std::vector<Release>> Helm::history(const std::string& release, std::stop_token stop) {
    SU_ASSIGN(const auto listed,
              run_process(command({"history", release, "--max=256", "--output=json"}), stop));
    if (!listed.ok()) {
        const Error error = explain(listed, "history of release " + printable(release));
        if (error.code == Errc::not_found) return std::vector<Release>{};
        return error;
    }
    SU_ASSIGN(const Json rows, parse_json(listed.out, "helm history"));
    std::vector<Release> history;
    for (const auto& row : rows) {
        const std::string revision = "--revision=" + std::to_string(int_at(row, {"revision"}));
        const std::string what = revision + " of release " + printable(release);
        SU_ASSIGN(const auto all, run_process(command({"get", "all", release, revision, k_get_all}), stop));
        if (!all.ok()) return explain(all, what);
        SU_ASSIGN(const auto values,
                  run_process(command({"get", "values", release, revision, "--output=json"}), stop));
        if (!values.ok()) return explain(values, what);
        Json json = read_get_all(all.out);
        SU_ASSIGN(json["config"], parse_json(values.out, what));
        auto one = release_from_json(json);
        if (!one) return one.error().context(what);
        history.push_back(std::move(*one));
    }
    return history;
}

Error Helm::explain(const ProcessResult& result, const std::string& what) {
    if (result.end == ProcessResult::End::cancelled)
        return {Errc::cancelled, what + ": helm was interrupted", {}};
    if (result.end == ProcessResult::End::timed_out)
        return {Errc::timed_out, what + ": helm did not end in its time", {}};
    std::string words = result.error_tail();
    if (words.empty()) words = "helm " + result.describe();
    for (const auto& known : k_known) {
        if (contains(result.err, known.words)) return {known.code, what + ": " + words, known.hint};
    }
    return {Errc::tool_failed, what + ": " + words, {}};
}

}  // namespace su
