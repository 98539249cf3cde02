// SPDX-License-Identifier: Apache-2.0
#include "steps/backup_step.hpp"

#include "backup/helm_release.hpp"
#include "backup/postgres.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace su {

namespace {

bool is_left_out(const std::vector<std::string>& without, const std::string& id) {
    return std::find(without.begin(), without.end(), id) != without.end();
}

OnProgress teller(const RunContext& context, const std::string& id) {
    const auto started = std::chrono::steady_clock::now();
    return [&context, id, started, last = started](const TransferProgress& progress) mutable {
        const auto at = std::chrono::steady_clock::now();
        if (at - last < std::chrono::milliseconds{200}) return;
        last = at;
        const double seconds = std::chrono::duration<double>(at - started).count();
        context.sink.on(StepProgress{id, progress.raw_bytes, progress.raw_expected,
                                     seconds > 0 ? static_cast<double>(progress.raw_bytes) / seconds : 0});
    };
}

DatabaseSpec spec_of(const Profile& profile, const std::string& id) {
    for (const auto& spec : profile.databases) {
        if (spec.id == id) return spec;
    }
    return {};
}

}  // namespace

Result<StoredBackup> make_backup(const RunContext& context, const Facts& facts, const fs::path& root,
                                 const std::vector<std::string>& without) {
    const Release& current = facts.current();
    BackupManifest manifest;
    manifest.release = current.name;
    manifest.name_space = facts.name_space;
    manifest.revision = current.revision;
    manifest.incarnation = current.first_deployed;
    manifest.chart = current.chart_name + "-" + current.chart_version;
    manifest.created_at = to_rfc3339(now());
    manifest.by = context.by;
    manifest.program = context.program;
    SU_ASSIGN(auto folder, BackupStore(root).begin(std::move(manifest)));
    for (const auto& db : facts.databases.databases) {
        if (is_left_out(without, db.id)) {
            folder.manifest.not_included.push_back("database " + db.name + ": --without-backup " + db.id);
            continue;
        }
        SU_TRY(dump_postgres(context.reader(), db, spec_of(facts.profile.profile, db.id), folder,
                             teller(context, "backup"), context.stop));
    }
    for (const auto& problem : facts.databases.problems)
        folder.manifest.not_included.push_back(problem.message);
    for (const auto& workload : facts.scope.workloads) {
        for (const auto& volume : list_at(workload, {"spec", "template", "spec", "volumes"})) {
            const std::string claim = text_at(volume, {"persistentVolumeClaim", "claimName"});
            if (!claim.empty()) folder.manifest.not_included.push_back("files in volume claim " + claim);
        }
    }
    auto& missing = folder.manifest.not_included;
    std::sort(missing.begin(), missing.end());
    missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
    SU_TRY(save_helm_release(facts.history, folder));
    SU_TRY(folder.commit());
    return StoredBackup{folder.path(), folder.manifest};
}

namespace {

/// The counts of the dump's own snapshot: a restore must come back to exactly these.
DatabaseBaseline from_artifact(const Database& db, const Artifact& artifact) {
    DatabaseBaseline out;
    out.id = db.id;
    out.name = db.name;
    out.server_version = db.server_version;
    out.schema_version = text_at(artifact.facts, {"schema_version"});
    const Json tables = artifact.facts.value("tables", Json::object());
    for (const auto& [table, count] : tables.items()) {
        if (count.is_number_integer()) out.tables[table] = count.get<std::int64_t>();
    }
    return out;
}

}  // namespace

Result<Baseline> baseline_with(const RunContext& context, const Facts& facts, const BackupManifest& backup) {
    FoundDatabases uncounted;
    uncounted.problems = facts.databases.problems;
    std::vector<DatabaseBaseline> counted;
    for (const auto& db : facts.databases.databases) {
        const auto artifact =
            std::find_if(backup.artifacts.begin(), backup.artifacts.end(), [&](const Artifact& candidate) {
                return candidate.kind == "postgres" && text_at(candidate.facts, {"database"}) == db.name &&
                       text_at(candidate.facts, {"id"}, db.id) == db.id;
            });
        if (artifact == backup.artifacts.end()) {
            uncounted.databases.push_back(db);
        } else {
            counted.push_back(from_artifact(db, *artifact));
        }
    }
    SU_ASSIGN(Baseline baseline, capture_baseline(context.reader(), facts.scope, facts.profile.profile,
                                                  uncounted, context.stop));
    baseline.revision = facts.current().revision;
    baseline.databases.insert(baseline.databases.end(), counted.begin(), counted.end());
    return baseline;
}

}  // namespace su
