// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "checks/counts.hpp"
#include "checks/kinds/kinds.hpp"
#include "checks/support.hpp"
#include "diff/mask.hpp"

namespace su::checks {

namespace {

const Database* find_database(const FoundDatabases& found, const DatabaseBaseline& before) {
    for (const auto& db : found.databases) {
        if (db.id == before.id && db.name == before.name) return &db;
    }
    for (const auto& db : found.databases) {  // another profile was chosen then: its ids are other words
        if (db.name == before.name) return &db;
    }
    return nullptr;
}

void take(CheckResult& result, Verdict verdict, const std::string& message) {
    if (result.message.empty() || worse(result.verdict, verdict) != result.verdict) result.message = message;
    result.verdict = worse(result.verdict, verdict);
}

void compare(const CheckContext& context, const DatabaseBaseline& before, CheckResult& result,
             std::stop_token stop) {
    const Database* db = find_database(context.databases, before);
    if (db == nullptr) {
        take(result, Verdict::error,
             "could not count: database " + printable(before.name) + " of the baseline is not found now");
        for (const auto& problem : context.databases.problems)
            result.details.push_back(shown_line(problem.message));
        return;
    }
    const auto counted = count_database(context.reader, *db, {}, false, stop);
    if (!counted) {
        const auto error = could_not_look(counted.error(), "the rows of database " + printable(db->name));
        take(result, Verdict::error, error.message);
        if (result.hint.empty()) result.hint = error.hint;
        return;
    }
    auto comparison = compare_counts(before.tables, counted->tables, spec_of(context.profile, db->id));
    take(result, comparison.verdict, comparison.message);
    for (auto& line : comparison.details) result.details.push_back(std::move(line));
    for (auto& measure : comparison.measures) result.measures.push_back(std::move(measure));
}

}  // namespace

CheckResult row_counts(const CheckSpec&, const CheckContext& context, std::stop_token stop) {
    if (context.baseline == nullptr) {
        return result_of(
            Verdict::skip, "there is no baseline to compare with",
            "before the next deploy: kubectl upgrade-validate capture " + shell_quote(context.scope.release));
    }
    if (context.baseline->databases.empty()) {
        if (context.databases.databases.empty() && context.databases.problems.empty()) {
            return result_of(Verdict::skip, "the baseline holds no database");
        }
        std::string why;
        for (const auto& missing : context.baseline->missing)
            why += (why.empty() ? ": " : "; ") + printable(missing);
        return result_of(Verdict::error, "the baseline holds no row counts" + why,
                         "capture a baseline while the application is well");
    }
    CheckResult result = result_of(Verdict::pass, {});
    for (const auto& before : context.baseline->databases) compare(context, before, result, stop);
    if (result.verdict == Verdict::fail && result.hint.empty()) {
        result.hint = "the baseline is of " + context.baseline->captured_at + " (revision " +
                      std::to_string(context.baseline->revision) + "); stop writers before anything else";
    }
    return result;
}

}  // namespace su::checks
