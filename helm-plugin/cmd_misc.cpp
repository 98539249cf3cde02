// SPDX-License-Identifier: Apache-2.0
// The table of commands; help, version, profile, flags, completion.
#include "base/text.hpp"
#include "helm-plugin/cli.hpp"
#include "helm-plugin/flags.hpp"
#include "profile/profile.hpp"

#include <iostream>

namespace su {

const std::vector<CommandRow>& command_table() {
    static const std::vector<CommandRow> rows{
        {"run", "RELEASE CHART [flags]", "upgrade safely; the word \"run\" may be left out",
         run_upgrade_command},
        {"plan", "RELEASE CHART [flags]", "show the whole plan, change nothing (also --dry-run)",
         plan_command},
        {"diff", "RELEASE CHART [flags]", "three-way values diff and manifest diff", diff_command},
        {"backup", "RELEASE", "copy every store and prove the copy", backup_command},
        {"backups", "list|show|verify RELEASE [BACKUP]", "what there is, and whether it is whole",
         backups_command},
        {"restore", "RELEASE BACKUP", "data back into place; the present data is kept", restore_command},
        {"rollback", "RELEASE [REVISION] [--with-data BACKUP]", "back to a known good revision, and its data",
         rollback_command},
        {"history", "RELEASE", "helm's history joined with our records", history_command},
        {"status", "RELEASE", "is a run alive, dead or done", status_command},
        {"profile", "list|show|check [NAME|FILE]", "profiles: what an application needs", profile_command},
        {"completion", "bash", "shell completion", completion_command},
        {"version", "", "the version", version_command},
        {"flags", "[-o json|markdown]", "every flag of helm upgrade and what becomes of it", flags_command},
    };
    return rows;
}

std::string main_help() {
    std::string out =
        "Upgrade a Helm release safely: plan, proven backup, upgrade, data check, way back.\n\n"
        "Usage:\n  helm safe-upgrade RELEASE CHART [flags]      in place of helm upgrade\n"
        "  helm safe-upgrade COMMAND [flags]\n\nCommands:\n";
    for (const auto& row : command_table()) {
        if (row.hidden) continue;
        std::string left = "  " + std::string(row.name) + " " + std::string(row.usage);
        if (left.size() < 46) left.resize(46, ' ');
        out += left + "  " + std::string(row.summary) + "\n";
    }
    out += "\nFlags of RELEASE CHART (all flags of helm upgrade are known; see: helm safe-upgrade flags):\n";
    for (const auto& row : flag_table()) {
        if (row.fate != Fate::own && row.fate != Fate::taken_over) continue;
        std::string left =
            (row.short_name != 0 ? std::string("  -") + row.short_name + ", --" : std::string("      --")) +
            std::string(row.name);
        if (left.size() < 28) left.resize(28, ' ');
        out += left + "  " + std::string(row.note) + "\n";
    }
    out +=
        "\nExamples:\n"
        "  helm safe-upgrade photos ./photos-1.1.0 --dry-run\n"
        "  helm safe-upgrade photos ./photos-1.1.0 -f values.yaml --yes\n"
        "  helm safe-upgrade rollback photos 1 --with-data 20261121-114221-r1\n\nExit codes:\n";
    for (const auto& row : k_exit_codes) {
        std::string code = std::to_string(static_cast<int>(row.code));
        code.resize(4, ' ');
        out += "  " + code + " " + std::string(row.meaning) + "\n";
    }
    return out;
}

int version_command(const Args&, const Signals&) {
    std::cout << program_version() << "\n";
    return 0;
}

int flags_command(const Args& args, const Signals&) {
    CLI::App app("Every flag of helm upgrade and what becomes of it.", "flags");
    CommonOptions options;
    options.output = "markdown";
    app.add_option("-o,--output", options.output, "markdown or json")
        ->check(CLI::IsMember({"markdown", "json"}));
    if (const auto code = parse_command(app, args, options)) return *code;
    std::cout << (options.json() ? flag_table_json() : flag_table_markdown());
    return 0;
}

int profile_command(const Args& args, const Signals&) {
    CLI::App app(
        "Profiles say what an application needs.\n\n  helm safe-upgrade profile list\n"
        "  helm safe-upgrade profile show immich\n  helm safe-upgrade profile check my-app.yaml",
        "profile");
    CommonOptions options;
    std::string action;
    std::string name;
    app.add_option("ACTION", action, "list, show or check")
        ->required()
        ->check(CLI::IsMember({"list", "show", "check"}));
    app.add_option("NAME", name, "an embedded profile's name, or a file");
    if (const auto code = parse_command(app, args, options)) return *code;
    if (action == "list") {
        for (const auto& profile : embedded_profiles()) std::cout << profile.name << "\n";
        return 0;
    }
    for (const auto& profile : embedded_profiles()) {
        if (action == "show" && profile.name == name) {
            std::cout << profile.yaml;
            return 0;
        }
    }
    const auto found = find_profile(name.empty() ? "generic" : name, Json(), {});
    if (!found) return report_error(found.error());
    std::cout << found->profile.name << ": "
              << plural(static_cast<std::int64_t>(found->profile.checks.size()), "check") << ", "
              << plural(static_cast<std::int64_t>(found->profile.databases.size()), "database")
              << ", no mistakes\n";
    return 0;
}

int completion_command(const Args& args, const Signals&) {
    if (args.empty() || args[0] != "bash") {
        return report_error(
            {Errc::usage, "completion is there for bash", "helm safe-upgrade completion bash"});
    }
    std::string words;
    for (const auto& row : command_table()) words += std::string(row.name) + " ";
    for (const auto& name : flag_names()) words += (name.starts_with("-") ? name : "--" + name) + " ";
    std::cout << "# helm completes plugins through plugin.complete; this is for the program by its own name\n"
              << "complete -W " << shell_quote(trim(words)) << " helm-safe-upgrade\n";
    return 0;
}

}  // namespace su
