// SPDX-License-Identifier: Apache-2.0
// The commands of `helm safe-upgrade`, one table: dispatch, help, did-you-mean and completion read it.
#pragma once

#include "helm-plugin/session.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace su {

using Args = std::vector<std::string>;

struct CommandRow {
    std::string_view name;
    std::string_view usage;
    std::string_view summary;
    int (*run)(const Args& args, const Signals& signals);
    bool hidden = false;
};

const std::vector<CommandRow>& command_table();

int run_upgrade_command(const Args& args,
                        const Signals& signals);  ///< the main job, also without the word "run"
int plan_command(const Args& args, const Signals& signals);
int diff_command(const Args& args, const Signals& signals);
int backup_command(const Args& args, const Signals& signals);
int backups_command(const Args& args, const Signals& signals);
int restore_command(const Args& args, const Signals& signals);
int rollback_command(const Args& args, const Signals& signals);
int history_command(const Args& args, const Signals& signals);
int status_command(const Args& args, const Signals& signals);
int profile_command(const Args& args, const Signals& signals);
int flags_command(const Args& args, const Signals& signals);
int completion_command(const Args& args, const Signals& signals);
int version_command(const Args& args, const Signals& signals);

std::string main_help();

}  // namespace su
