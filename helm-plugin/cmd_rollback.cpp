// SPDX-License-Identifier: Apache-2.0
// rollback and restore
#include "base/text.hpp"
#include "helm-plugin/cli.hpp"
#include "report/plan_text.hpp"
#include "report/run_sinks.hpp"
#include "steps/data_back.hpp"
#include "steps/lease.hpp"
#include "steps/rollback_run.hpp"
#include "steps/validate.hpp"

#include <algorithm>
#include <iostream>

namespace su {

namespace {

struct BackOptions {
    CommonOptions common;
    std::string release;
    int revision = 0;
    std::string backup;
    bool manifests_only = false;
    bool any_backup = false;
    bool dry_run = false;
    std::string timeout = "5m";
};

/// The newest record whose baseline shows the data as it was under `revision`.
const Record* record_from(const Facts& facts, int revision) {
    const auto found = std::find_if(facts.records.rbegin(), facts.records.rend(), [&](const Record& record) {
        return record.state != "captured" && record.baseline.revision == revision;
    });
    return found == facts.records.rend() ? nullptr : &*found;
}

Result<int> choose_revision(const Facts& facts, int wanted) {
    const int newest = facts.history.back().revision;
    if (wanted > 0) {
        for (const auto& release : facts.history) {
            if (release.revision == wanted) return wanted;
        }
        std::vector<std::string> there;
        for (const auto& release : facts.history) there.push_back(std::to_string(release.revision));
        return Error{Errc::usage, "no revision " + std::to_string(wanted) + " in helm's history",
                     "there are: " + join(there, ", ")};
    }
    const WayBack way = choose_known_good(facts.history, facts.records, newest);
    for (const auto& skipped : way.skipped)
        std::cerr << "note not going back to " << printable(skipped) << "\n";
    if (way.revision == 0)
        return Error{Errc::conflict, "no older revision is known to be good",
                     "name one: rollback RELEASE REVISION"};
    std::cerr << "note going back to " << printable(way.why) << "\n";
    return way.revision;
}

/// Manifests alone are refused when the schema is not the one that the target revision had, and when that
/// cannot be known.
Result<void> check_schema(const RunContext& context, const Facts& facts, int revision,
                          const BackOptions& options) {
    if (options.manifests_only || !options.backup.empty()) return {};
    if (facts.databases.databases.empty() && facts.databases.problems.empty()) return {};
    const Record* record = record_from(facts, revision);
    if (record == nullptr) {
        return Error{Errc::conflict,
                     "whether the data has moved on since revision " + std::to_string(revision) +
                         " cannot be known: no record of it",
                     "give a backup of that revision with --with-data, or --manifests-only when you know "
                     "that the data fits"};
    }
    std::string why;
    if (compare_schema(context, facts, record->baseline, why, context.stop) == SchemaState::same) return {};
    const std::string with_data =
        record->backup_id.empty() ? "" : " --with-data " + shell_quote(record->backup_id);
    return Error{Errc::conflict, "manifests alone are not enough: " + why,
                 "manifests and data together: helm safe-upgrade rollback " + shell_quote(options.release) +
                     " " + std::to_string(revision) + with_data + context.command_flags +
                     (record->backup_place.empty() ? "" : " (backup on " + record->backup_place + ")")};
}

/// A backup of another release or revision holds another schema than the target's program expects.
Result<void> check_backup(const BackupManifest& backup, const Facts& facts, int revision,
                          const BackOptions& options) {
    if (backup.release != options.release || backup.name_space != facts.name_space) {
        return Error{Errc::conflict,
                     "backup " + backup.id + " is of release " + printable(backup.release) + " in " +
                         printable(backup.name_space),
                     "helm safe-upgrade backups list " + shell_quote(options.release)};
    }
    if (revision > 0 && backup.revision != revision && !options.any_backup) {
        return Error{
            Errc::conflict,
            "backup " + backup.id + " is of revision " + std::to_string(backup.revision) +
                ", not of revision " + std::to_string(revision),
            "choose one of that revision (backups list), or say --any-backup when you know that it fits"};
    }
    return {};
}

Result<std::string> diff_of_going_back(const Facts& facts, int revision) {
    if (revision == 0) return std::string();
    const auto target = std::find_if(facts.history.begin(), facts.history.end(),
                                     [&](const Release& release) { return release.revision == revision; });
    Plan plan;
    SU_ASSIGN(plan.manifest, diff_manifests(facts.current().manifest, target->manifest, facts.name_space));
    ValuesDiffInput input{at_path(facts.current().chart, {"values"}), at_path(target->chart, {"values"}),
                          facts.current().config, target->config, false};
    plan.values = diff_values(input);
    return "Going back from revision " + std::to_string(facts.current().revision) + " to " +
           std::to_string(revision) + "\n" + diff_text(plan, Style::of(stdout));
}

Result<RollbackJob> make_job(const BackOptions& options, const Facts& facts, bool restore_only) {
    RollbackJob job;
    const auto timeout = parse_duration(options.timeout);
    if (!timeout) {
        return Error{Errc::usage, "--timeout " + printable(options.timeout) + " is no duration",
                     "write 90s or 5m"};
    }
    job.timeout = *timeout;
    job.take_over = options.common.take_over;
    job.yes = options.common.yes;
    if (!restore_only) {
        SU_ASSIGN(job.revision, choose_revision(facts, options.revision));
    }
    if (!options.backup.empty()) {
        SU_ASSIGN(const fs::path root, backup_root(options.common.backup_dir));
        SU_ASSIGN(job.backup, BackupStore(root).open(facts.name_space, options.release, options.backup));
        SU_TRY(check_backup(job.backup->manifest, facts, job.revision, options));
    }
    return job;
}

int go_back(const BackOptions& options, const Signals& signals, bool restore_only) {
    const bool json = options.common.json();
    auto session = Session::open(options.common.connection, options.common.kubectl, signals.stop());
    if (!session) return report_error(session.error(), json);
    auto facts = gather_release(session->connection.reader(), session->helm, session->driver, options.release,
                                options.common.profile, signals.stop());
    if (!facts) return report_error(facts.error(), json);
    auto made = make_job(options, *facts, restore_only);
    if (!made) return report_error(made.error(), json);
    RollbackJob& job = *made;
    auto journal = Journal::open(facts->name_space, options.release, restore_only ? "restore" : "rollback");
    if (!journal) return report_error(journal.error(), json);
    const auto sink = json ? make_json_sink() : make_text_sink(Style::of(stdout), Style::of(stderr));
    const RunContext context{session->connection.writer(),
                             session->helm,
                             session->driver,
                             *sink,
                             *journal,
                             signals.stop(),
                             signals.abort(),
                             session->command_flags,
                             who_am_i(),
                             program_version(),
                             asker(signals.stop())};
    if (!restore_only) {
        const auto shown = diff_of_going_back(*facts, job.revision);
        if (!shown) return report_error(shown.error(), json);
        if (!json) std::cout << *shown << std::flush;
        if (auto allowed = check_schema(context, *facts, job.revision, options); !allowed)
            return report_error(allowed.error(), json);
    }
    if (options.dry_run) return 0;
    if (!job.yes && !context.ask) {
        return report_error(
            {Errc::usage, "not confirmed: there is no terminal to ask on", "repeat with --yes"}, json);
    }
    // with data the question comes when it is known what would be put aside
    if (!job.yes && !job.backup && !context.ask("go back now?"))
        return report_error({Errc::cancelled, "not confirmed; nothing was changed", {}}, json);
    job.facts = std::move(*facts);
    return static_cast<int>(run_rollback(context, job).exit_code);
}

void add_back_options(CLI::App& app, BackOptions& options) {
    add_common(app, options.common);
    app.add_flag("-y,--yes", options.common.yes, "don't ask");
    app.add_flag("--take-over", options.common.take_over,
                 "take the Lease of a run that has stopped renewing it");
    app.add_flag("--dry-run", options.dry_run, "show what going back would change, and stop");
    app.add_option("--timeout", options.timeout, "for the workloads to get ready (default 5m)");
}

}  // namespace

int rollback_command(const Args& args, const Signals& signals) {
    CLI::App app(
        "Go back to a revision that is known to be good; with --with-data the data too.\n\n"
        "  helm safe-upgrade rollback photos\n  helm safe-upgrade rollback photos 3 --dry-run\n"
        "  helm safe-upgrade rollback photos 3 --with-data 20261121-114221-r3",
        "rollback");
    BackOptions options;
    app.add_option("RELEASE", options.release, "the release")->required();
    app.add_option("REVISION", options.revision, "default: the newest that is known to be good")
        ->check(CLI::PositiveNumber);
    app.add_option("--with-data", options.backup,
                   "put this backup's data back too (id, \"latest\" or folder)");
    app.add_flag("--manifests-only", options.manifests_only, "even when the data's schema has moved on");
    app.add_flag("--any-backup", options.any_backup,
                 "even when the backup is of another revision than the target");
    add_back_options(app, options);
    if (const auto code = parse_command(app, args, options.common)) return *code;
    return go_back(options, signals, false);
}

int restore_command(const Args& args, const Signals& signals) {
    CLI::App app(
        "Put a backup's data back in place of the present data, which is kept under another name.\n\n"
        "  helm safe-upgrade restore photos latest\n  helm safe-upgrade restore photos 20261121-114221-r3 "
        "--yes",
        "restore");
    BackOptions options;
    app.add_option("RELEASE", options.release, "the release")->required();
    app.add_option("BACKUP", options.backup, "id, \"latest\" or a folder")->required();
    add_back_options(app, options);
    if (const auto code = parse_command(app, args, options.common)) return *code;
    return go_back(options, signals, true);
}

}  // namespace su
