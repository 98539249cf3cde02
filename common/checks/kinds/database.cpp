// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "checks/kinds/kinds.hpp"
#include "checks/support.hpp"
#include "diff/mask.hpp"

namespace su::checks {

namespace {

std::string title(const Database& db) {
    return "database " + db.name + " on " + db.host;
}

void ask(const CheckContext& context, const Database& db, CheckResult& result, std::stop_token stop) {
    const auto started = std::chrono::steady_clock::now();
    const auto rows = query(context.reader, db, "select 1", stop);
    const auto took =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
    if (rows) {
        result.measures.push_back({db.id + " answer", took, "ms"});
        result.details.push_back(printable(title(db) + ": PostgreSQL " + db.server_version + " answers"));
        return;
    }
    // psql ran and says no: that was looked at. Everything else (no exec, no pod) was not.
    const bool looked = rows.error().code == Errc::tool_failed;
    result.verdict = worse(result.verdict, looked ? Verdict::fail : Verdict::error);
    result.details.insert(result.details.begin(), shown_line(title(db) + ": " + rows.error().message));
    if (result.hint.empty()) result.hint = rows.error().hint;
}

}  // namespace

CheckResult database(const CheckSpec&, const CheckContext& context, std::stop_token stop) {
    CheckResult result = result_of(Verdict::pass, {});
    for (const auto& problem : context.databases.problems) {
        result.verdict = Verdict::error;
        result.details.push_back(shown_line(problem.message));
        if (result.hint.empty()) result.hint = problem.hint;
    }
    for (const auto& db : context.databases.databases) ask(context, db, result, stop);
    if (result.details.empty()) {
        const bool must_have = !context.profile.databases.empty() && context.profile.name != "generic";
        if (!must_have) return result_of(Verdict::skip, "no database was found");
        return result_of(Verdict::error,
                         "profile " + context.profile.name + " names a database, but none was found",
                         "say where it is in the profile's databases: section");
    }
    const auto count = static_cast<std::int64_t>(context.databases.databases.size());
    result.message = result.verdict == Verdict::pass && count > 1 ? plural(count, "database") + " answer"
                                                                  : result.details.front();
    return result;
}

}  // namespace su::checks
