// SPDX-License-Identifier: Apache-2.0
// Reads the logs of a scope's containers. Shared only inside checks/.
#pragma once

#include "checks/check.hpp"
#include "logs/scan.hpp"

namespace su::checks {

struct LogSource {
    ContainerRef where;
    bool previous = false;
    std::string key;      ///< "photos-server/server": the workload's name, not the pod's
    std::string started;  ///< of the container whose log it is
    bool is_running = false;
    std::string until;  ///< RFC 3339: later lines are not counted; empty: all are
};

/// All containers, current and, where one has ended after `since`, previous. Containers that never started
/// have no log.
std::vector<LogSource> log_sources(const Scope& scope, const std::string& since);

struct LogReading {
    LogSource source;
    std::uint64_t lines = 0;
    std::uint64_t errors = 0;
    std::vector<LogPattern> patterns;
    std::string first;
    std::string last;
    std::optional<Error> problem;
    std::string gap;  ///< what the log does not cover, a sentence; empty when all since `since` was seen
};

struct LogQuestion {
    std::string since;
    std::vector<std::string> ignore;
    std::optional<std::int64_t> tail;
};
/// In a bounded pool. Error: usage, for an ignore pattern.
Result<std::vector<LogReading>> read_logs(ClusterReader& reader, const std::vector<LogSource>& sources,
                                          const LogQuestion& question, std::stop_token stop);

}  // namespace su::checks
