// SPDX-License-Identifier: Apache-2.0
// kubectl upgrade-validate: flags to Options, Options to a job; the only catch-all.
#include "kubectl-plugin/options.hpp"
#include "kubectl-plugin/run.hpp"

#include <csignal>
#include <exception>
#include <iostream>

int main(int argc, char** argv) {
    try {
        std::signal(SIGPIPE, SIG_IGN);
        const auto parsed = su::parse_options({argv + 1, argv + argc});
        if (parsed.exit_code) return *parsed.exit_code;
        return su::run(parsed.options);
    } catch (const std::exception& error) {
        std::cerr << "error: internal: " << error.what()
                  << "\n  this is a bug of safe-upgrade; please report it\n";
        return static_cast<int>(su::ExitCode::error);
    }
}
