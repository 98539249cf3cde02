// SPDX-License-Identifier: Apache-2.0
// backup, backups list|show|verify
#include "base/text.hpp"
#include "helm-plugin/cli.hpp"
#include "report/run_sinks.hpp"
#include "steps/backup_step.hpp"
#include "steps/lease.hpp"

#include <iostream>

namespace su {

namespace {

std::string size_of(const BackupManifest& manifest) {
    std::uint64_t bytes = 0;
    for (const auto& artifact : manifest.artifacts) bytes += artifact.length;
    return human_bytes(bytes);
}

int print_list(const BackupListing& listing, bool json) {
    if (json) {
        Json list = Json::array();
        for (const auto& backup : listing.backups) {
            Json item = to_json(backup.manifest);
            item["path"] = backup.path.string();
            list.push_back(std::move(item));
        }
        std::cout << dump_json({{"type", "backups"}, {"backups", list}, {"incomplete", listing.incomplete}},
                               2)
                  << "\n";
        return 0;
    }
    std::vector<std::vector<std::string>> rows{{"ID", "REVISION", "CHART", "LEVEL", "SIZE", "CREATED"}};
    for (const auto& [path, manifest] : listing.backups) {
        rows.push_back({manifest.id, std::to_string(manifest.revision), printable(manifest.chart),
                        level_name(manifest.level()), size_of(manifest), manifest.created_at});
    }
    std::cout << (listing.backups.empty() ? "no backups\n" : table(rows, 120));
    for (const auto& line : listing.incomplete) std::cerr << "note " << printable(line) << "\n";
    return 0;
}

int print_one(const StoredBackup& backup, bool json) {
    const BackupManifest& manifest = backup.manifest;
    if (json) {
        Json out = to_json(manifest);
        out["path"] = backup.path.string();
        std::cout << dump_json(out, 2) << "\n";
        return 0;
    }
    std::cout << "backup " << manifest.id << " of " << manifest.release << " in " << manifest.name_space
              << ", revision " << manifest.revision << " (" << printable(manifest.chart) << ")\n"
              << "  made " << manifest.created_at << " by " << printable(manifest.by) << "\n  in "
              << backup.path.string() << "\n";
    std::vector<std::vector<std::string>> rows{{"FILE", "LEVEL", "SIZE", "COPY OF"}};
    for (const auto& artifact : manifest.artifacts) {
        rows.push_back({printable(artifact.file), level_name(artifact.level), human_bytes(artifact.length),
                        printable(artifact.of)});
    }
    std::cout << table(rows, 100, 2);
    for (const auto& artifact : manifest.artifacts) {
        const Json tables = artifact.facts.value("tables", Json::object());
        for (const auto& [name, count] : tables.items()) {
            std::cout << "    " << printable(name) << ": " << dump_json(count) << " rows\n";
        }
    }
    for (const auto& line : manifest.not_included) std::cout << "  not in it: " << printable(line) << "\n";
    if (!manifest.secrets_in.empty())
        std::cout << "  hold secrets: " << printable(join(manifest.secrets_in, ", ")) << "\n";
    return 0;
}

int verify(const StoredBackup& backup, bool json, std::stop_token stop) {
    Json results = Json::array();
    bool well = true;
    for (const auto& artifact : backup.manifest.artifacts) {
        const auto done = verify_artifact(backup.path, artifact, stop);
        well = well && done.has_value();
        results.push_back({{"file", artifact.file},
                           {"ok", done.has_value()},
                           {"message", done ? "" : done.error().message}});
        if (!json) {
            std::cout << (done ? "ok    " : "FAIL  ") << printable(artifact.file)
                      << (done ? " (" + human_bytes(artifact.length) + ", every byte)"
                               : ": " + done.error().message)
                      << "\n";
        }
    }
    if (json)
        std::cout
            << dump_json(
                   {{"type", "verify"}, {"id", backup.manifest.id}, {"ok", well}, {"artifacts", results}}, 2)
            << "\n";
    if (stop.stop_requested()) return static_cast<int>(ExitCode::interrupted);
    return static_cast<int>(well ? ExitCode::well : ExitCode::checks_failed);
}

/// Listing needs no cluster: only the namespace that helm resolved.
std::string name_space_of(const CommonOptions& options) {
    const auto target = target_from_environment(options.connection, {});
    return target.name_space.empty() ? "default" : target.name_space;
}

}  // namespace

int backup_command(const Args& args, const Signals& signals) {
    CLI::App app(
        "Copy every store of a release and prove the copy.\n\n"
        "  helm safe-upgrade backup photos\n  helm safe-upgrade backup photos --backup-dir /mnt/backups -o "
        "json",
        "backup");
    CommonOptions options;
    std::string release;
    std::vector<std::string> without;
    app.add_option("RELEASE", release, "the release")->required();
    app.add_option("--without-backup", without, "a store to leave out, knowingly (repeatable)");
    add_common(app, options);
    if (const auto code = parse_command(app, args, options)) return *code;
    const auto root = backup_root(options.backup_dir);
    if (!root) return report_error(root.error(), options.json());
    auto session = Session::open(options.connection, options.kubectl, signals.stop());
    if (!session) return report_error(session.error(), options.json());
    auto facts = gather_release(session->connection.reader(), session->helm, session->driver, release,
                                options.profile, signals.stop());
    if (!facts) return report_error(facts.error(), options.json());
    const auto refuses = [&](const std::string& id) {
        return std::find(without.begin(), without.end(), id) == without.end();
    };
    if (!facts->databases.problems.empty() && refuses("unreachable")) {
        Error error = facts->databases.problems.front().context("a database cannot be backed up");
        error.hint +=
            (error.hint.empty() ? "" : "; ") + std::string("to go without it: --without-backup unreachable");
        report_error(error, options.json());
        return static_cast<int>(ExitCode::refused);
    }
    auto journal = Journal::open(facts->name_space, release, "backup");
    if (!journal) return report_error(journal.error(), options.json());
    const auto sink =
        options.json() ? make_json_sink() : make_text_sink(Style::of(stdout), Style::of(stderr));
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
                             {}};
    StoredBackup backup;
    const auto done = run_step(context, "backup", "backing up " + release, [&]() -> Result<std::string> {
        SU_ASSIGN(backup, make_backup(context, *facts, *root, without));
        return level_name(backup.manifest.level()) + ", " + size_of(backup.manifest);
    });
    if (!done) {
        report_error(done.error(), options.json());
        return static_cast<int>(done.error().code == Errc::cancelled ? ExitCode::interrupted
                                                                     : ExitCode::refused);
    }
    return print_one(backup, options.json());
}

int backups_command(const Args& args, const Signals& signals) {
    CLI::App app(
        "Backups of a release on this machine.\n\n  helm safe-upgrade backups list photos\n"
        "  helm safe-upgrade backups show photos latest\n  helm safe-upgrade backups verify photos "
        "20261121-114221-r3",
        "backups");
    CommonOptions options;
    std::string action;
    std::string release;
    std::string id = "latest";
    app.add_option("ACTION", action, "list, show or verify")
        ->required()
        ->check(CLI::IsMember({"list", "show", "verify"}));
    app.add_option("RELEASE", release, "the release")->required();
    app.add_option("BACKUP", id, "id, \"latest\" or a folder");
    add_output(app, options);
    app.add_option("--backup-dir", options.backup_dir, "folder of the backups");
    if (const auto code = parse_command(app, args, options)) return *code;
    const auto root = backup_root(options.backup_dir);
    if (!root) return report_error(root.error(), options.json());
    const BackupStore store(*root);
    const std::string name_space = name_space_of(options);
    if (action == "list") {
        const auto listing = store.list(name_space, release);
        return listing ? print_list(*listing, options.json()) : report_error(listing.error(), options.json());
    }
    const auto backup = store.open(name_space, release, id);
    if (!backup) return report_error(backup.error(), options.json());
    if (action == "show") return print_one(*backup, options.json());
    return verify(*backup, options.json(), signals.stop());
}

}  // namespace su
