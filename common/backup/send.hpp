// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/postgres.hpp"

namespace su {

/// Sends the artifact's bytes into pg_restore for database `name`; success only when the pod has received
/// every byte as it is in the manifest and every stage has ended with 0. Errors: as restore_postgres_beside.
Result<void> send_dump(ClusterReader& reader, const Database& db, const std::string& name,
                       const fs::path& folder, const Artifact& artifact, const OnProgress& progress,
                       std::stop_token stop);

}  // namespace su
