// SPDX-License-Identifier: Apache-2.0
// RELEASE CHART [flags] of the main job, diff and plan, split by the flag table. Pure: no environment, no
// files. CLI11 does not fit here: flags that we only pass on must reach helm byte for byte.
#pragma once

#include "base/result.hpp"
#include "helm-plugin/flags.hpp"
#include "plan/options.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace su {

enum class OutputFormat { text, json, markdown };

struct UpgradeArgs {
    std::string release;  ///< both empty only with --plan or --help
    std::string chart;
    std::vector<std::string> passed_on;    ///< "--name=value" words for the render and the upgrade
    std::vector<std::string> value_flags;  ///< for the render alone
    /// Connection flags that helm left in the argv (name, value), in order; the last of a name counts.
    std::vector<std::pair<std::string, std::string>> connection;
    std::vector<std::string> notes;  ///< sentences about flags that have no effect here

    bool help = false;
    bool yes = false;
    bool dry_run = false;
    bool detailed_exitcode = false;
    bool take_over = false;
    std::optional<OnFailure> on_failure;  ///< nothing: the default

    OutputFormat output = OutputFormat::text;
    std::optional<std::chrono::milliseconds> timeout;
    std::string backup_dir, kubectl, plan_file, profile, save_file;
    std::string strategy = "rolling";
    std::vector<std::string> without_backup;
};

/// What the process environment says about flags that helm has consumed.
struct ArgsContext {
    bool skip_tls_verify_in_env =
        false;  ///< HELM_KUBEINSECURE_SKIP_TLS_VERIFY=true: may have swallowed RELEASE
};

/// `argv` without program and subcommand name. Errors are Errc::usage, each with what to write instead.
Result<UpgradeArgs> parse_upgrade_args(const std::vector<std::string>& argv, const ArgsContext& context = {});

/// The flags as they may be shown and recorded: secret values become "***" (also those of --set).
std::vector<std::string> shown_flags(const std::vector<std::string>& flags);

/// Takes the connection flags that helm leaves in a plugin's argv (-nNS, --debug=true, --qps 5, ...) out of
/// `argv`, so that other subcommands' parsers need not know them. Words after "--" stay.
Result<std::vector<std::pair<std::string, std::string>>> take_connection_flags(
    std::vector<std::string>& argv);

}  // namespace su
