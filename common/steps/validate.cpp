// SPDX-License-Identifier: Apache-2.0
#include "steps/validate.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace su {

Result<Validation> validate(const RunContext& context, const std::string& release, const Profile& profile,
                            const Baseline* baseline, const std::string& since,
                            std::vector<FollowedLog> followed) {
    const std::string began = to_rfc3339_micro(now());
    SU_ASSIGN(Facts facts, gather_release(context.reader(), context.helm, context.driver, release, "generic",
                                          context.stop));
    facts.profile.profile = profile;
    if (!profile.databases.empty()) {
        DatabaseSearch search{facts.name_space, facts.scope.pods, {}, profile.databases};
        for (const auto& workload : facts.scope.workloads) {
            search.own_workloads.push_back(text_at(workload, {"kind"}) + "/" +
                                           text_at(workload, {"metadata", "name"}));
        }
        SU_ASSIGN(facts.databases, find_databases(context.reader(), search, context.stop));
    }
    const CheckContext check_context{
        context.reader(),         facts.scope,         profile, facts.databases, baseline, since,
        facts.current().revision, std::move(followed), began};
    Validation out;
    out.results = run_checks(checks_for(profile), check_context, context.stop);
    if (context.stop.stop_requested()) return Error{Errc::cancelled, "interrupted while validating", {}};
    out.exit_code = exit_code_of(out.results);
    context.sink.on(ChecksDone{out.results});
    return out;
}

Json summary_json(const std::vector<CheckResult>& results) {
    Json list = Json::array();
    for (const auto& result : results) {
        list.push_back(
            {{"id", result.id}, {"verdict", verdict_name(result.verdict)}, {"message", result.message}});
    }
    return list;
}

namespace {

Result<std::string> schema_now(const RunContext& context, const Database& db, const Profile& profile,
                               std::stop_token stop) {
    const auto spec = std::find_if(profile.databases.begin(), profile.databases.end(),
                                   [&](const DatabaseSpec& candidate) { return candidate.id == db.id; });
    const DatabaseSpec none;
    SU_ASSIGN(auto session, PsqlSession::open(context.reader(), db, stop));
    // a query from a profile must not write
    SU_TRY(session.run("begin transaction read only;", stop));
    return schema_version(session, spec == profile.databases.end() ? none : *spec, stop);
}

}  // namespace

SchemaState compare_schema(const RunContext& context, const Facts& facts, const Baseline& baseline,
                           std::string& why, std::stop_token stop) {
    // a database that was not seen then, or is not seen now, proves nothing
    if (!facts.databases.problems.empty()) {
        why = "a database cannot be reached: " + facts.databases.problems.front().message;
        return SchemaState::unknown;
    }
    for (const auto& db : facts.databases.databases) {
        const bool known =
            std::any_of(baseline.databases.begin(), baseline.databases.end(), [&](const auto& before) {
                return before.id == db.id && before.name == db.name && !before.schema_version.empty();
            });
        if (!known) {
            why = "there is no baseline of database " + db.name;
            return SchemaState::unknown;
        }
    }
    for (const auto& before : baseline.databases) {
        const auto& known = facts.databases.databases;
        const auto db = std::find_if(known.begin(), known.end(), [&](const Database& candidate) {
            return candidate.id == before.id && candidate.name == before.name;
        });
        if (db == known.end()) {
            why = "database " + before.name + " is not found any more";
            return SchemaState::unknown;
        }
        const auto version = schema_now(context, *db, facts.profile.profile, stop);
        if (!version) {
            why = "the schema of " + before.name + " cannot be read: " + version.error().message;
            return SchemaState::unknown;
        }
        if (*version != before.schema_version) {
            why = "the schema of " + before.name + " has moved on since the backup";
            return SchemaState::moved;
        }
    }
    why = baseline.databases.empty() ? "there is no database to look at"
                                     : "the schema is the one of the backup";
    return SchemaState::same;
}

}  // namespace su
