// SPDX-License-Identifier: Apache-2.0
// Pure: are the rows of before still there? Shared only inside checks/.
#pragma once

#include "checks/check.hpp"

namespace su::checks {

struct CountComparison {
    Verdict verdict = Verdict::pass;
    std::string message;  ///< the worst finding, or what was found well
    std::vector<std::string> details;
    std::vector<Measure> measures;  ///< of the tables that the profile names
};

CountComparison compare_counts(const TableCounts& before, const TableCounts& after, const DatabaseSpec& spec);

/// The spec that a database was found by, or the rules of a database that no profile knows.
DatabaseSpec spec_of(const Profile& profile, const std::string& id);

/// All tables counted in one snapshot, and the schema version in the same one.
struct CountedDatabase {
    TableCounts tables;
    std::string schema_version;
    std::optional<Error> schema_problem;
};
Result<CountedDatabase> count_database(ClusterReader& reader, const Database& db, const DatabaseSpec& spec,
                                       bool with_schema, std::stop_token stop);

}  // namespace su::checks
