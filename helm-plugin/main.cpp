// SPDX-License-Identifier: Apache-2.0
// helm safe-upgrade: finds the command and runs it; the only catch-all.
#include "base/text.hpp"
#include "helm-plugin/commands.hpp"

#include <exception>
#include <iostream>

namespace su {

namespace {

int dispatch(const Args& args) {
    if (args.empty() || args[0] == "help" || args[0] == "--help" || args[0] == "-h") {
        std::cout << main_help();
        return args.empty() ? static_cast<int>(ExitCode::usage) : 0;
    }
    if (args[0] == "--version") {
        std::cout << program_version() << "\n";
        return 0;
    }
    const Signals signals;
    std::vector<std::string> names;
    for (const auto& row : command_table()) {
        if (args[0] == row.name) return row.run(Args(args.begin() + 1, args.end()), signals);
        names.emplace_back(row.name);
    }
    // a single word is no RELEASE CHART: most likely a mistyped command
    if (args.size() == 1 && !args[0].starts_with('-')) {
        const auto near = nearest(args[0], names);
        return report_error(
            {Errc::usage,
             "no command \"" + printable(args[0]) + "\", and a release needs a chart: RELEASE CHART",
             near ? "did you mean " + *near + "?" : "see: helm safe-upgrade --help"});
    }
    return run_upgrade_command(args, signals);
}

}  // namespace

}  // namespace su

int main(int argc, char** argv) {
    try {
        return su::dispatch(su::Args(argv + 1, argv + argc));
    } catch (const std::exception& error) {
        std::cerr << "error: internal: " << error.what() << "\n  this is a bug of ours; please report it\n";
        return static_cast<int>(su::ExitCode::error);
    }
}
