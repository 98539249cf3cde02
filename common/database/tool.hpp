// SPDX-License-Identifier: Apache-2.0
// The shell text that connects a PostgreSQL tool inside a container; shared with backup/, whose scripts run
// several tools.
#pragma once

#include "database/postgres.hpp"

#include <string>

namespace su {

/// POSIX sh that exports PGHOST, PGPORT, PGUSER, PGDATABASE and PGPASSWORD for `db`, ends with "; ". Holds no
/// secret.
std::string connection_script(const Database& db, const std::string& database_name = {});

/// "database photos in pod ns/photos-db-0", for messages.
std::string where_text(const Database& db, const std::string& database_name = {});

/// An SQL string literal / identifier, safe whatever standard_conforming_strings says.
std::string sql_literal(std::string_view text);
std::string sql_identifier(std::string_view name);

/// What a container's shell or runtime said when the tool could not be started at all, or tool_failed with
/// its words.
Error tool_error(const std::string& tool, const std::string& where, int exit_code, const std::string& said);

}  // namespace su
