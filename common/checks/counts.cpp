// SPDX-License-Identifier: Apache-2.0
#include "checks/counts.hpp"

#include "base/text.hpp"
#include "checks/support.hpp"

#include <algorithm>
#include <cmath>

namespace su::checks {

namespace {

struct TableName {
    std::string schema;
    std::string table;
};

TableName parts_of(const std::string& full) {
    const auto dot = full.find('.');
    if (dot == std::string::npos) return {"public", full};
    return {full.substr(0, dot), full.substr(dot + 1)};
}

/// "public." says nothing to a person.
std::string shown(const std::string& full) {
    return full.starts_with("public.") ? full.substr(7) : full;
}

bool names(const std::string& rule_name, const std::string& full) {
    if (rule_name == full) return true;
    return !contains(rule_name, ".") && parts_of(full).table == rule_name;
}

const TableRule* rule_of(const DatabaseSpec& spec, const std::string& full) {
    for (const auto& rule : spec.tables) {
        if (names(rule.name, full)) return &rule;
        for (const auto& alias : rule.aliases) {
            if (names(alias, full)) return &rule;
        }
    }
    return nullptr;
}

/// Where the rows of `full` are now: under its own name, or under another one that the rule gives it.
std::optional<std::string> find_now(const std::string& full, const TableRule* rule,
                                    const TableCounts& after) {
    if (after.contains(full)) return full;
    if (rule == nullptr) return std::nullopt;
    std::vector<std::string> candidates = rule->aliases;
    candidates.insert(candidates.begin(), rule->name);
    for (const auto& name : candidates) {
        const std::string candidate = contains(name, ".") ? name : parts_of(full).schema + "." + name;
        if (after.contains(candidate)) return candidate;
    }
    return std::nullopt;
}

/// A new table of about the same name that holds as many rows: a rename that the profile does not know.
std::optional<std::string> likely_rename(const std::string& full, std::int64_t rows,
                                         const TableCounts& before, const TableCounts& after) {
    const auto [schema, table] = parts_of(full);
    for (const auto& [candidate, count] : after) {
        if (before.contains(candidate) || count < rows || parts_of(candidate).schema != schema) continue;
        const std::string other = parts_of(candidate).table;
        const bool near =
            edit_distance(to_lower(table), to_lower(other)) <= std::max<std::size_t>(2, table.size() / 3);
        if (near || (rows > 0 && count == rows)) return candidate;
    }
    return std::nullopt;
}

/// "1 %", "0.4 %": never 0 % or 100 % when it is neither.
std::string percent(std::int64_t part, std::int64_t whole) {
    const double share = whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    if (share > 0 && share < 0.1) return "less than 0.1 %";
    if (share > 99.9 && share < 100) return "more than 99.9 %";
    const long long tenths = std::llround(share * 10);
    const std::string fraction = tenths % 10 != 0 && tenths < 100 ? "." + std::to_string(tenths % 10) : "";
    return std::to_string(fraction.empty() ? std::llround(share) : tenths / 10) + fraction + " %";
}

struct Finding {
    Verdict verdict = Verdict::pass;
    std::string text;
};

Finding judge_change(std::int64_t was, std::int64_t is, const std::string& what, CountRule rule,
                     double tolerance) {
    const std::int64_t difference = is - was;
    if (difference == 0) return {};
    const std::string change = difference < 0
                                   ? std::to_string(-difference) + " of " + std::to_string(was) + " " + what +
                                         (difference == -1 ? " is gone (" : " are gone (") +
                                         percent(-difference, was) + ")"
                                   : std::to_string(is) + " " + what + ", " + std::to_string(was) + " before";
    switch (rule) {
        case CountRule::ignore:
            return {};
        case CountRule::not_less:
            return {difference < 0 ? Verdict::fail : Verdict::pass, change};
        case CountRule::exact:
            return {Verdict::fail, change};
        case CountRule::tolerance: {
            const double share =
                was == 0 ? 100 : 100 * std::abs(static_cast<double>(difference)) / static_cast<double>(was);
            return {share > tolerance ? Verdict::fail : Verdict::pass, change};
        }
    }
    return {};
}

Finding judge_missing(const std::string& full, std::int64_t rows, CountRule rule, const TableCounts& before,
                      const TableCounts& after) {
    if (rule == CountRule::ignore) return {};
    const std::string gone = "table " + shown(full) + " is gone, with " + plural(rows, "row");
    if (const auto renamed = likely_rename(full, rows, before, after)) {
        return {Verdict::warn, gone + "; the new table " + shown(*renamed) + " holds " +
                                   plural(after.at(*renamed), "row") +
                                   ": if it was renamed, say so in the profile (aliases)"};
    }
    return {rows == 0 ? Verdict::warn : Verdict::fail, gone};
}

Finding judge_table(const std::string& full, std::int64_t rows, const TableCounts& before,
                    const TableCounts& after, const DatabaseSpec& spec, CountComparison& out) {
    const TableRule* rule = rule_of(spec, full);
    const CountRule count_rule = rule != nullptr ? rule->rule : spec.other_tables;
    const auto now_at = find_now(full, rule, after);
    if (!now_at) return judge_missing(full, rows, count_rule, before, after);
    const std::int64_t rows_now = after.at(*now_at);
    const std::string label =
        rule != nullptr && !rule->label.empty() ? rule->label : "rows of " + shown(*now_at);
    if (rule != nullptr && !rule->label.empty())
        out.measures.push_back({rule->label, static_cast<double>(rows_now), "rows"});
    Finding finding =
        judge_change(rows, rows_now, label, count_rule, rule != nullptr ? rule->tolerance_percent : 0);
    if (*now_at != full && count_rule != CountRule::ignore) {
        const std::string renamed = "table " + shown(full) + " was renamed to " + shown(*now_at);
        finding.text = finding.text.empty()
                           ? renamed + ", all " + std::to_string(rows_now) + " " + label + " are there"
                           : renamed + "; " + finding.text;
    }
    return finding;
}

std::string well_message(std::size_t tables, const std::vector<Measure>& measures) {
    std::string text = plural(static_cast<std::int64_t>(tables), "table") + ": no row is missing";
    for (std::size_t i = 0; i < measures.size() && i < 3; ++i) {
        text +=
            (i == 0 ? " (" : ", ") + std::to_string(std::llround(measures[i].value)) + " " + measures[i].name;
    }
    return measures.empty() ? text : text + ")";
}

}  // namespace

CountComparison compare_counts(const TableCounts& before, const TableCounts& after,
                               const DatabaseSpec& spec) {
    CountComparison out;
    std::string headline;
    for (const auto& [full, rows] : before) {
        Finding finding = judge_table(full, rows, before, after, spec, out);
        if (finding.text.empty()) continue;
        const std::string line = printable(finding.text);
        if (finding.verdict == Verdict::pass) {
            out.details.push_back(line);
            continue;
        }
        if (headline.empty() || worse(out.verdict, finding.verdict) != out.verdict) headline = line;
        out.verdict = worse(out.verdict, finding.verdict);
        out.details.insert(out.details.begin(), line);
    }
    out.message = headline.empty() ? well_message(before.size(), out.measures) : headline;
    return out;
}

DatabaseSpec spec_of(const Profile& profile, const std::string& id) {
    for (const auto& spec : profile.databases) {
        if (spec.id == id) return spec;
    }
    return {};
}

Result<CountedDatabase> count_database(ClusterReader& reader, const Database& db, const DatabaseSpec& spec,
                                       bool with_schema, std::stop_token stop) {
    SU_ASSIGN(auto session, PsqlSession::open(reader, db, stop));
    SU_TRY(session.run("begin isolation level repeatable read read only;", stop));
    CountedDatabase counted;
    SU_ASSIGN(counted.tables, count_tables(session, stop));
    if (with_schema) {
        auto version = schema_version(session, spec, stop);
        if (version) {
            counted.schema_version = *version;
        } else {
            counted.schema_problem = version.error();
        }
    }
    return counted;
}

}  // namespace su::checks
