// SPDX-License-Identifier: Apache-2.0
#include "cluster/helm.hpp"

#include "base/text.hpp"

#include <array>
#include <cstdio>

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
    Known{"has no deployed releases", Errc::conflict,
          "its first install never succeeded: uninstall it or roll back"},
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

// "helm history -o json" has revisions and states only; each revision's content is one more call.
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
        const std::string revision = std::to_string(int_at(row, {"revision"}));
        SU_ASSIGN(const auto shown, run_process(command({"get", "all", release, "--revision=" + revision,
                                                         "--template={{toJson .Release}}"}),
                                                stop));
        const std::string what = "revision " + revision + " of release " + printable(release);
        if (!shown.ok()) return explain(shown, what);
        SU_ASSIGN(const Json json, parse_json(shown.out, what));
        SU_ASSIGN(auto one, release_from_json(json));
        history.push_back(std::move(one));
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
