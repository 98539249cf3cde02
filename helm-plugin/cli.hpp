// SPDX-License-Identifier: Apache-2.0
// Parsing of the smaller commands with CLI11.
#pragma once

#include "helm-plugin/commands.hpp"
#include "helm-plugin/upgrade_args.hpp"

#include <CLI/CLI.hpp>

#include <optional>

namespace su {

/// Options that every command with a release has.
struct CommonOptions {
    std::string output = "text";
    std::string kubectl;
    std::string backup_dir;
    std::string profile;
    bool yes = false;
    bool take_over = false;
    ConnectionFlags connection;  ///< what helm left in the argv
    [[nodiscard]] bool json() const { return output == "json"; }
};

void add_output(CLI::App& app, CommonOptions& options);
void add_common(CLI::App& app, CommonOptions& options);

/// Takes the connection flags out and parses the rest. A value: exit now with it (help, or a mistake that was
/// told).
std::optional<int> parse_command(CLI::App& app, Args args, CommonOptions& options);

}  // namespace su
