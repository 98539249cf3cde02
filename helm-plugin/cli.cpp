// SPDX-License-Identifier: Apache-2.0
#include "helm-plugin/cli.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <iostream>

namespace su {

void add_output(CLI::App& app, CommonOptions& options) {
    app.add_option("-o,--output", options.output, "text or json")->check(CLI::IsMember({"text", "json"}));
}

void add_common(CLI::App& app, CommonOptions& options) {
    add_output(app, options);
    app.add_option("--backup-dir", options.backup_dir, "folder of the backups");
    app.add_option("--kubectl", options.kubectl, "the kubectl to use");
    app.add_option("--profile", options.profile, "a profile's file or name");
}

namespace {

std::string suggestion(const CLI::App& app, const std::string& text) {
    const auto at = text.find("--");
    if (at == std::string::npos) return {};
    const std::string word = text.substr(at + 2, text.find_first_of(" =]", at) - at - 2);
    std::vector<std::string> names;
    for (const auto* option : app.get_options()) {
        for (const auto& name : option->get_lnames()) names.push_back(name);
    }
    const auto near = nearest(word, names);
    return near ? "did you mean --" + *near + "?" : "";
}

}  // namespace

std::optional<int> parse_command(CLI::App& app, Args args, CommonOptions& options) {
    auto connection = take_connection_flags(args);
    if (!connection) return report_error(connection.error());
    options.connection = std::move(*connection);
    std::reverse(args.begin(), args.end());  // CLI11 takes them from the back
    try {
        app.parse(args);
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return 0;
    } catch (const CLI::ParseError& error) {
        const std::string near = suggestion(app, error.what());
        return report_error({Errc::usage, error.what(),
                             near.empty() ? "see: helm safe-upgrade " + app.get_name() + " --help" : near});
    }
    return std::nullopt;
}

}  // namespace su
