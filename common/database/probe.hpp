// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "database/postgres.hpp"

namespace su {

struct Probe {
    bool in_recovery = false;
    std::vector<std::string>
        databases;  ///< of the same server, without templates, "postgres" and our own side copies
};

/// Connects as `db` says and fills its versions and size. Errors: tool_failed (the server said no),
/// unsupported (no client, or one older than the server), those of exec.
Result<Probe> probe(ClusterReader& reader, Database& db, std::stop_token stop);

}  // namespace su
