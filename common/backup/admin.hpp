// SPDX-License-Identifier: Apache-2.0
// Who may create and rename databases on a server, and the statements for it.
#pragma once

#include "backup/postgres.hpp"

#include <functional>

namespace su {

/// `db` as somebody who may create a database and own the present one: its own user, else the server pod's
/// superuser. `name` becomes a maintenance database (postgres, template1). Error: forbidden, those of
/// connecting.
Result<Database> admin_of(ClusterReader& reader, const Database& db, std::stop_token stop);

/// "photos_su_20261121_114221"; shortened to PostgreSQL's 63 bytes at a character's border.
std::string side_name(const std::string& name, const std::string& word, const std::string& stamp);

/// A new, empty database with the present one's owner, encoding, locale, tablespace and connection limit.
Result<void> create_beside(PsqlSession& admin, const std::string& present, const std::string& name,
                           std::stop_token stop);
/// The present database's own settings and privileges, for after its data (a read-only default would stop the
/// restore).
Result<void> copy_settings(PsqlSession& admin, const std::string& present, const std::string& name,
                           std::stop_token stop);
/// Ends its connections and drops it; nothing when it does not exist.
Result<void> drop_database(PsqlSession& admin, const std::string& name, std::stop_token stop);
Result<bool> database_exists(PsqlSession& admin, const std::string& name, std::stop_token stop);

}  // namespace su
