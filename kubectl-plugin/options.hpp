// SPDX-License-Identifier: Apache-2.0
// The command line as a value. Nothing here looks at the cluster.
#pragma once

#include "base/exit_code.hpp"
#include "cluster/target.hpp"

#include <optional>
#include <string>
#include <vector>

namespace su {

enum class Job { validate, capture, list_checks, scan_logs, version, completion };

struct Options {
    Job job = Job::validate;
    ClusterTarget target;
    std::string release;
    std::string selector;           ///< in place of a release
    std::string profile;            ///< file or name; empty: chosen
    std::string baseline = "auto";  ///< auto, none, or a file
    std::string since;              ///< RFC 3339 or a duration; empty: the revision's deploy
    std::string output = "text";
    std::string fail_on = "fail";
    std::string file;                 ///< capture: into this file, not into the cluster
    std::vector<std::string> files;   ///< scan-logs
    std::vector<std::string> ignore;  ///< scan-logs
    std::int64_t max_errors = 5;      ///< scan-logs
};

struct Parsed {
    Options options;
    std::optional<int> exit_code;  ///< exit with it: help was shown or a mistake was told
};

Parsed parse_options(std::vector<std::string> args);

/// Every word that completes, for the shell.
std::string bash_completion();

}  // namespace su
