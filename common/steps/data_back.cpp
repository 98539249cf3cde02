// SPDX-License-Identifier: Apache-2.0
#include "steps/data_back.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace su {

Result<std::vector<std::pair<Database, Artifact>>> match_databases(const Facts& facts,
                                                                   const StoredBackup& backup) {
    std::vector<std::pair<Database, Artifact>> out;
    for (const auto& artifact : backup.manifest.artifacts) {
        if (artifact.kind != "postgres") continue;
        const std::string name = text_at(artifact.facts, {"database"});
        const auto& found = facts.databases.databases;
        const auto db = std::find_if(found.begin(), found.end(), [&](const Database& candidate) {
            return candidate.name == name && candidate.id == text_at(artifact.facts, {"id"}, candidate.id);
        });
        if (db == found.end()) {
            return Error{Errc::not_found, "database " + name + " of the backup is not reachable now",
                         "is its server running? kubectl get pods"};
        }
        out.emplace_back(*db, artifact);
    }
    if (out.empty()) return Error{Errc::not_found, "backup " + backup.manifest.id + " holds no database", {}};
    return out;
}

namespace {

Result<PreparedDatabase> prepare_one(const RunContext& context, const StoredBackup& backup,
                                     const Database& db, const Artifact& artifact) {
    if (artifact.level < Level::v3) {
        return Error{Errc::corrupt,
                     "the copy of " + db.name + " reached only " + level_name(artifact.level) +
                         "; data goes back from V3 on",
                     {}};
    }
    auto newer = written_since(context.reader(), db, artifact, context.stop);
    if (!newer) {
        context.note("what was written since the backup cannot be counted: " + newer.error().message, true);
    }
    SU_TRY(context.journal.write("restore-beside", {{"database", db.name}, {"artifact", artifact.file}}));
    const auto expected = static_cast<std::uint64_t>(int_at(artifact.facts, {"raw_length"}));
    const OnProgress tell = [&](const TransferProgress& progress) {
        context.sink.on(StepProgress{"restore", progress.raw_bytes, expected, 0});
    };
    SU_ASSIGN(auto restored,
              restore_postgres_beside(context.reader(), db, backup.path, artifact, tell, context.stop));
    return PreparedDatabase{db, artifact, std::move(restored), newer.value_or({})};
}

}  // namespace

Result<std::vector<PreparedDatabase>> prepare_data(const RunContext& context, const Facts& facts,
                                                   const StoredBackup& backup) {
    SU_ASSIGN(const auto matches, match_databases(facts, backup));
    std::vector<PreparedDatabase> prepared;
    for (const auto& [db, artifact] : matches) {
        auto one = prepare_one(context, backup, db, artifact);
        if (!one) {
            drop_prepared(context, prepared);
            return one.error();
        }
        prepared.push_back(std::move(*one));
    }
    return prepared;
}

void drop_prepared(const RunContext& context, const std::vector<PreparedDatabase>& prepared) {
    for (const auto& one : prepared) {
        if (auto dropped = drop_restored(context.reader(), one.db, one.restored, context.abort); !dropped) {
            context.note(
                "database " + one.restored.new_name + " could not be removed: " + dropped.error().message,
                true);
        }
    }
}

namespace {

void swap_all_back(const RunContext& context, std::vector<Swapped>& swapped) {
    while (!swapped.empty()) {
        const Swapped& last = swapped.back();
        if (auto back = swap_back_postgres(context.reader(), last.db, last.swap, context.abort); !back) {
            context.note("swapping " + last.db.name + " back failed: " + back.error().message, true);
            return;
        }
        (void)context.journal.write("swapped-back", {{"database", last.db.name}});
        swapped.pop_back();
    }
}

}  // namespace

Result<void> swap_data(const RunContext& context, const std::vector<PreparedDatabase>& prepared,
                       std::vector<Swapped>& swapped) {
    for (const auto& one : prepared) {
        auto written =
            context.journal.write("swap", {{"database", one.db.name}, {"restored", one.restored.new_name}});
        if (!written) {
            swap_all_back(context, swapped);
            return written.error();
        }
        auto swap = swap_postgres(context.reader(), one.db, one.restored, context.stop);
        if (!swap) {
            swap_all_back(context, swapped);
            return swap.error();
        }
        swapped.push_back({one.db, std::move(*swap)});
        (void)context.journal.write("swapped",
                                    {{"database", one.db.name}, {"kept_as", swapped.back().swap.kept_as}});
    }
    return {};
}

std::vector<std::string> describe_newer(const std::vector<PreparedDatabase>& prepared) {
    std::vector<std::string> lines;
    for (const auto& one : prepared) {
        for (const auto& [table, rows] : one.newer) {
            if (rows == 0) continue;
            lines.push_back(one.db.name + "." + table + ": " +
                            (rows > 0 ? plural(rows, "row") + " more now than in the backup"
                                      : plural(-rows, "row") + " fewer now than in the backup"));
        }
    }
    return lines;
}

}  // namespace su
