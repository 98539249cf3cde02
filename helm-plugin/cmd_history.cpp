// SPDX-License-Identifier: Apache-2.0
// history and status: helm's history joined with our records.
#include "base/clock.hpp"
#include "base/text.hpp"
#include "helm-plugin/cli.hpp"
#include "report/style.hpp"

#include <algorithm>
#include <iostream>

namespace su {

namespace {

struct Joined {
    std::vector<Release> history;
    std::vector<Record> records;
};

Result<Joined> read_joined(const CommonOptions& options, const std::string& name, std::stop_token stop) {
    SU_ASSIGN(auto session, Session::open(options.connection, options.kubectl, stop));
    Joined joined;
    SU_ASSIGN(joined.history,
              load_history(session.connection.reader(), session.helm, session.driver, name, stop));
    if (joined.history.empty()) {
        return Error{
            Errc::not_found,
            "no release \"" + printable(name) + "\" in namespace " + session.connection.reader().name_space(),
            "see: helm list -A"};
    }
    SU_ASSIGN(joined.records,
              read_records(session.connection.reader(), name, joined.history.back().first_deployed, stop));
    return joined;
}

const Record* record_for(const Joined& joined, int revision) {
    for (const auto& record : joined.records) {
        if (record.revision == revision && record.state != "captured") return &record;
    }
    return nullptr;
}

Json joined_json(const Joined& joined) {
    Json list = Json::array();
    for (const auto& release : joined.history) {
        Json item{
            {"revision", release.revision},       {"status", release.status},
            {"updated", release.last_deployed},   {"chart", release.chart_name + "-" + release.chart_version},
            {"app_version", release.app_version}, {"description", release.description}};
        if (const Record* record = record_for(joined, release.revision))
            item["safe_upgrade"] = to_json(*record);
        list.push_back(std::move(item));
    }
    return {{"type", "history"}, {"revisions", std::move(list)}};
}

std::string took(const Record& record) {
    const auto from = parse_rfc3339(record.started_at);
    const auto to = parse_rfc3339(record.finished_at);
    if (!from || !to) return "-";
    return human_duration(std::chrono::duration_cast<std::chrono::milliseconds>(*to - *from));
}

std::string rows_of(const Record& record) {
    std::int64_t rows = 0;
    for (const auto& database : record.baseline.databases) {
        for (const auto& [table_name, count] : database.tables) rows += count;
    }
    return record.baseline.databases.empty() ? "-" : std::to_string(rows);
}

std::vector<std::string> record_cells(const Record* record) {
    if (record == nullptr) return {"-", "-", "-", "-", "-"};
    return {printable(record->state), record->backup_id.empty() ? "-" : printable(record->backup_id),
            rows_of(*record), took(*record), printable(record->by)};
}

void print_text(const Joined& joined) {
    std::vector<std::vector<std::string>> rows{
        {"REV", "HELM STATUS", "CHART", "SAFE-UPGRADE", "BACKUP BEFORE", "ROWS BEFORE", "TOOK", "BY"}};
    const auto add = [&](std::vector<std::string> row, const Record* record) {
        for (auto& cell : record_cells(record)) row.push_back(std::move(cell));
        rows.push_back(std::move(row));
    };
    for (const auto& release : joined.history) {
        add({std::to_string(release.revision), printable(release.status),
             printable(release.chart_name + "-" + release.chart_version)},
            record_for(joined, release.revision));
    }
    // a run that died before helm had made its revision
    for (const auto& record : joined.records) {
        if (record.revision <= joined.history.back().revision || record.state == "captured") continue;
        add({std::to_string(record.revision), "(not made)", printable(record.to_chart)}, &record);
    }
    std::cout << table(rows, 200);
}

/// The newest run, whether or not helm came to make its revision.
const Record* newest_run(const Joined& joined) {
    const Record* newest = nullptr;
    for (const auto& record : joined.records) {
        if (record.state != "captured" && record.revision >= joined.history.back().revision) newest = &record;
    }
    return newest;
}

}  // namespace

int history_command(const Args& args, const Signals& signals) {
    CLI::App app(
        "Helm's history with what safe-upgrade knows of each revision.\n\n  helm safe-upgrade history photos",
        "history");
    CommonOptions options;
    std::string release;
    app.add_option("RELEASE", release, "the release")->required();
    add_common(app, options);
    if (const auto code = parse_command(app, args, options)) return *code;
    const auto joined = read_joined(options, release, signals.stop());
    if (!joined) return report_error(joined.error(), options.json());
    if (options.json()) {
        std::cout << dump_json(joined_json(*joined), 2) << "\n";
    } else {
        print_text(*joined);
    }
    return 0;
}

int status_command(const Args& args, const Signals& signals) {
    CLI::App app(
        "Is a run alive, and what does the newest revision say?\n\n  helm safe-upgrade status photos",
        "status");
    CommonOptions options;
    std::string release;
    app.add_option("RELEASE", release, "the release")->required();
    add_common(app, options);
    if (const auto code = parse_command(app, args, options)) return *code;
    auto session = Session::open(options.connection, options.kubectl, signals.stop());
    if (!session) return report_error(session.error(), options.json());
    const auto joined = read_joined(options, release, signals.stop());
    if (!joined) return report_error(joined.error(), options.json());
    auto& reader = session->connection.reader();
    const auto lease = reader.get(
        api_path("coordination.k8s.io/v1", "leases", reader.name_space(), "safe-upgrade." + release),
        signals.stop());
    if (!lease && lease.error().code != Errc::not_found) return report_error(lease.error(), options.json());
    const std::string holder = lease ? text_at(*lease, {"spec", "holderIdentity"}) : "";
    const Release& newest = joined->history.back();
    const Record* record = newest_run(*joined);
    const std::string state = record != nullptr ? record->state : "";
    if (options.json()) {
        std::cout << dump_json({{"type", "status"},
                                {"revision", newest.revision},
                                {"helm_status", newest.status},
                                {"holder", holder},
                                {"renewed", lease ? text_at(*lease, {"spec", "renewTime"}) : ""},
                                {"state", state},
                                {"message", record != nullptr ? record->message : ""}},
                               2)
                  << "\n";
        return 0;
    }
    std::cout << "revision " << newest.revision << " is " << printable(newest.status) << " in helm\n";
    if (!holder.empty())
        std::cout << "held by " << printable(holder) << ", renewed " << text_at(*lease, {"spec", "renewTime"})
                  << "\n";
    if (record != nullptr)
        std::cout << "safe-upgrade: " << printable(state) << ": " << printable(record->message) << "\n";
    // by our own clock and therefore only said, never acted upon: taking over watches for renewals itself
    const auto renewed = lease ? parse_rfc3339(text_at(*lease, {"spec", "renewTime"})) : std::nullopt;
    const bool silent = !renewed || now() - *renewed > std::chrono::seconds{15};
    if (silent && state == "running") {
        std::cout << "the run of revision " << newest.revision
                  << " died; look at the application and go back with:\n  "
                  << "helm safe-upgrade rollback " << shell_quote(release) << " " << record->from_revision
                  << (record->backup_id.empty() ? "" : " --with-data " + shell_quote(record->backup_id))
                  << session->command_flags << "\n";
    }
    return 0;
}

}  // namespace su
