// SPDX-License-Identifier: Apache-2.0
#include "kubectl-plugin/options.hpp"

#include "base/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <iostream>

namespace su {

namespace {

struct Command {
    std::string name;
    Job job;
    std::string summary;
};

const std::vector<Command>& commands() {
    static const std::vector<Command> all{
        {"capture", Job::capture,
         "keep how the application is now, to compare with after a deploy by any tool"},
        {"checks", Job::list_checks, "list the kinds of checks and their keys"},
        {"scan-logs", Job::scan_logs, "find kinds of errors in log files or stdin"},
        {"version", Job::version, "print the version"},
        {"completion", Job::completion, "print a completion script for bash"},
    };
    return all;
}

std::vector<std::string> command_names() {
    std::vector<std::string> names;
    for (const auto& command : commands()) names.push_back(command.name);
    return names;
}

const Command* find_command(const std::string& name) {
    for (const auto& command : commands()) {
        if (command.name == name) return &command;
    }
    return nullptr;
}

std::string footer() {
    std::string text = "\nCommands:\n";
    for (const auto& command : commands()) {
        text += "  " + command.name + std::string(12 - command.name.size(), ' ') + command.summary + "\n";
    }
    text +=
        "\nExamples:\n"
        "  kubectl upgrade-validate photos -n photos\n"
        "  kubectl upgrade-validate capture photos -n photos       # before a deploy by any tool\n"
        "  kubectl upgrade-validate photos -n photos -o junit > result.xml\n"
        "  kubectl upgrade-validate --selector app=shop -n shop    # without Helm\n"
        "  kubectl logs deploy/photos-server | kubectl upgrade-validate scan-logs -\n"
        "\nExit codes:\n";
    for (const auto& row : k_exit_codes) {
        const bool ours = row.code != ExitCode::refused && row.code != ExitCode::rolled_back &&
                          row.code != ExitCode::needs_person && row.code != ExitCode::failed_and_kept;
        const std::string code = std::to_string(static_cast<int>(row.code));
        if (ours) text += "  " + code + std::string(5 - code.size(), ' ') + std::string(row.meaning) + "\n";
    }
    return text;
}

void add_connection(CLI::App& app, ClusterTarget& target) {
    app.add_option("-n,--namespace", target.name_space, "namespace (default: the context's)");
    app.add_option("--context", target.context, "context of the kubeconfig");
    app.add_option("--kubeconfig", target.kubeconfig, "kubeconfig file");
    app.add_option("-s,--server", target.api_server, "address of the API server");
    app.add_option("--token", target.token,
                   "bearer token (visible to others in the process list: prefer a kubeconfig)");
    app.add_option("--as", target.as_user, "user to impersonate");
    app.add_option("--as-group", target.as_groups, "group to impersonate, repeatable")
        ->allow_extra_args(false);
    app.add_option("--certificate-authority", target.ca_file, "certificate file of the authority");
    app.add_option("--tls-server-name", target.tls_server_name, "name to check in the server's certificate");
    app.add_flag("--insecure-skip-tls-verify", target.insecure_skip_tls_verify,
                 "do not check the server's certificate");
    app.add_option("--kubectl", target.kubectl, "kubectl program to use");
}

void add_subject(CLI::App& app, Options& options) {
    app.add_option("-l,--selector", options.selector,
                   "label selector, in place of RELEASE (works without Helm)");
    app.add_option("--profile", options.profile,
                   "profile: a file or a known name (default: chosen by evidence)");
}

void define_validate(CLI::App& app, Options& options, std::vector<std::string>& words) {
    app.add_option("RELEASE", words, "the Helm release");
    add_connection(app, options.target);
    add_subject(app, options);
    app.add_option("--baseline", options.baseline, "auto, none, or a file of `capture --file`")
        ->capture_default_str();
    app.add_option("--since", options.since,
                   "look at logs and restarts from this time or duration on (default: the deploy)");
    app.add_option("-o,--output", options.output, "text, json, junit or markdown")
        ->check(CLI::IsMember({"text", "json", "junit", "markdown"}));
    app.add_option("--fail-on", options.fail_on, "exit 3 on fail, or already on warn")
        ->check(CLI::IsMember({"fail", "warn"}));
    app.add_flag_function(
        "--version", [](std::int64_t) {}, "print the version");
    app.footer(footer());
}

void define_command(CLI::App& app, const Command& command, Options& options,
                    std::vector<std::string>& words) {
    const auto json_or_text = CLI::IsMember({"text", "json"});
    switch (command.job) {
        case Job::capture:
            app.add_option("RELEASE", words, "the Helm release");
            add_connection(app, options.target);
            add_subject(app, options);
            app.add_option("--file", options.file, "write the baseline to this file, not into the cluster");
            app.add_option("-o,--output", options.output, "text or json")->check(json_or_text);
            break;
        case Job::scan_logs:
            app.add_option("FILE", options.files, "log files, - for stdin")->required();
            app.add_option("--ignore", options.ignore, "regular expression of lines that are no errors")
                ->allow_extra_args(false);
            app.add_option("--max", options.max_errors, "this many error lines are well")
                ->capture_default_str();
            app.add_option("-o,--output", options.output, "text or json")->check(json_or_text);
            break;
        case Job::list_checks:
            app.add_option("-o,--output", options.output, "text or json")->check(json_or_text);
            break;
        case Job::completion:
            app.add_option("SHELL", words, "bash");
            break;
        default:
            break;
    }
}

std::vector<std::string> flag_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
    return names;
}

int mistake(const std::string& message, const std::string& hint) {
    std::cerr << "error: " << printable(message) << "\n";
    std::cerr << "  " << (hint.empty() ? "see: kubectl upgrade-validate --help" : printable(hint)) << "\n";
    return static_cast<int>(ExitCode::usage);
}

int told(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& args) {
    if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) return mistake(error.what(), {});
    const auto names = flag_names(app);
    for (const auto& arg : args) {
        const std::string name = arg.substr(0, arg.find('='));
        if (!name.starts_with("--") || std::find(names.begin(), names.end(), name) != names.end()) continue;
        const auto near = nearest(name, names);
        return mistake("unknown flag " + name, near ? "did you mean " + *near + "?" : "");
    }
    return mistake(error.what(), {});
}

/// CLI11 takes its words in reverse order.
std::optional<int> parse(CLI::App& app, const std::vector<std::string>& args) {
    try {
        app.parse(std::vector<std::string>(args.rbegin(), args.rend()));
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return 0;
    } catch (const CLI::ParseError& error) {
        return told(app, error, args);
    }
    return std::nullopt;
}

std::optional<int> take_subject(const std::vector<std::string>& words, Options& options) {
    if (words.size() > 1) {
        const auto near = nearest(words[0], command_names());
        return mistake("one release, not " + std::to_string(words.size()) + ": " + join(words, " "),
                       near ? "did you mean the command " + *near + "?" : "");
    }
    if (!words.empty()) options.release = words[0];
    if (options.release.empty() == options.selector.empty()) {
        return mistake(options.release.empty() ? "a RELEASE is needed, or --selector"
                                               : "RELEASE and --selector exclude each other",
                       "kubectl upgrade-validate RELEASE -n NAMESPACE");
    }
    if (!options.release.empty() && !is_dns_name(options.release)) {
        return mistake("\"" + options.release + "\" cannot be the name of a release", {});
    }
    if (options.job == Job::capture && options.release.empty() && options.file.empty()) {
        return mistake("with --selector the baseline needs a file: --file FILE", "and then: --baseline FILE");
    }
    return std::nullopt;
}

Parsed parse_command(const Command& command, const std::vector<std::string>& args) {
    Parsed parsed;
    parsed.options.job = command.job;
    CLI::App app(command.summary, "kubectl upgrade-validate " + command.name);
    std::vector<std::string> words;
    define_command(app, command, parsed.options, words);
    parsed.exit_code = parse(app, args);
    if (!parsed.exit_code && command.job == Job::capture)
        parsed.exit_code = take_subject(words, parsed.options);
    if (!parsed.exit_code && command.job == Job::completion && words != std::vector<std::string>{"bash"}) {
        parsed.exit_code =
            mistake("completion is there for bash", "source <(kubectl upgrade-validate completion bash)");
    }
    return parsed;
}

}  // namespace

Parsed parse_options(std::vector<std::string> args) {
    if (args.empty() || args[0] == "help") args = {"--help"};
    if (const Command* command = find_command(args[0]))
        return parse_command(*command, {args.begin() + 1, args.end()});
    Parsed parsed;
    CLI::App app("Is a release well after an upgrade, is its data still there, is anything new in its logs?",
                 "kubectl upgrade-validate");
    std::vector<std::string> words;
    define_validate(app, parsed.options, words);
    parsed.exit_code = parse(app, args);
    if (parsed.exit_code) return parsed;
    if (app.count("--version") > 0) {
        parsed.options.job = Job::version;
        return parsed;
    }
    if (words.size() > 1) {  // "-n photos capture photos": the command after a flag
        if (const Command* command = find_command(words[0])) {
            args.erase(std::find(args.begin(), args.end(), words[0]));
            return parse_command(*command, args);
        }
    }
    parsed.exit_code = take_subject(words, parsed.options);
    return parsed;
}

std::string bash_completion() {
    Options options;
    CLI::App app;
    std::vector<std::string> words;
    define_validate(app, options, words);
    // kubectl asks "kubectl_complete-PLUGIN"; plain bash completes the program's own name
    return "# source <(kubectl upgrade-validate completion bash)\n"
           "complete -W '" +
           join(command_names(), " ") + " " + join(flag_names(app), " ") + "' kubectl-upgrade_validate\n";
}

}  // namespace su
