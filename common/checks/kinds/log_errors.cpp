// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "checks/kinds/kinds.hpp"
#include "checks/log_read.hpp"
#include "checks/support.hpp"
#include "diff/mask.hpp"

#include <algorithm>
#include <set>

namespace su::checks {

namespace {

constexpr std::int64_t k_default_max = 5;
constexpr std::size_t k_most_patterns = 10;

struct Tally {
    std::uint64_t lines = 0;
    std::uint64_t errors = 0;
    std::uint64_t unknown = 0;  ///< lines of templates that the baseline does not have
    std::size_t new_kinds = 0;
    std::size_t silent = 0;  ///< containers without any line
    std::size_t unread = 0;
    std::size_t gaps = 0;
    std::vector<std::pair<bool, LogPattern>> patterns;  ///< new?, pattern
};

std::set<std::string> known_templates(const Baseline* baseline) {
    std::set<std::string> known;
    if (baseline == nullptr) return known;
    for (const auto& log : baseline->logs)
        known.insert(log.error_templates.begin(), log.error_templates.end());
    return known;
}

void merge(Tally& tally, const LogPattern& pattern, bool is_new) {
    for (auto& [seen_new, seen] : tally.patterns) {
        if (mask_text(seen.text) != mask_text(pattern.text)) continue;  // they differ by a password alone
        seen.count += pattern.count;
        return;
    }
    tally.patterns.emplace_back(is_new, pattern);
}

Tally tally_of(const std::vector<LogReading>& readings, const Baseline* baseline) {
    const auto known = known_templates(baseline);
    const bool can_compare = baseline != nullptr && !baseline->logs.empty();
    Tally tally;
    for (const auto& reading : readings) {
        tally.lines += reading.lines;
        tally.errors += reading.errors;
        tally.silent += !reading.problem && reading.lines == 0 ? 1U : 0U;
        tally.unread += reading.problem ? 1U : 0U;
        tally.gaps += reading.gap.empty() ? 0U : 1U;
        for (const auto& pattern : reading.patterns) {
            const bool is_new = can_compare && !known.contains(mask_text(pattern.text));
            if (is_new || !can_compare) tally.unknown += pattern.count;
            merge(tally, pattern, is_new);
        }
    }
    std::stable_sort(tally.patterns.begin(), tally.patterns.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first : a.second.count > b.second.count;
    });
    tally.new_kinds = static_cast<std::size_t>(std::count_if(tally.patterns.begin(), tally.patterns.end(),
                                                             [](const auto& item) { return item.first; }));
    return tally;
}

void tell_patterns(const Tally& tally, CheckResult& result) {
    for (std::size_t i = 0; i < tally.patterns.size() && i < k_most_patterns; ++i) {
        const auto& [is_new, pattern] = tally.patterns[i];
        result.details.push_back((is_new ? "new: " : "") + std::to_string(pattern.count) + " x " +
                                 shown_line(pattern.example));
    }
    if (tally.patterns.size() > k_most_patterns) {
        const auto more = static_cast<std::int64_t>(tally.patterns.size() - k_most_patterns);
        result.details.push_back("and " + plural(more, "other kind") + " of errors");
    }
}

void tell_windows(const std::vector<LogReading>& readings, CheckResult& result) {
    for (const auto& reading : readings) {
        const std::string where = reading.source.where.pod + "/" + reading.source.where.container +
                                  (reading.source.previous ? " (previous)" : "");
        if (reading.problem) {
            result.details.push_back(printable(where + ": could not be read: " + reading.problem->message));
        } else if (!reading.gap.empty()) {
            result.details.push_back(printable(where + ": " + reading.gap));
        } else if (reading.errors > 0) {
            const auto seconds = [](const std::string& text) { return text.substr(0, 19) + "Z"; };
            result.details.push_back(
                printable(where + ": " + plural(static_cast<std::int64_t>(reading.errors), "error") + " in " +
                          plural(static_cast<std::int64_t>(reading.lines), "line") + " from " +
                          seconds(reading.first) + " to " + seconds(reading.last)));
        }
    }
}

/// More lines than allowed of what the baseline did not have is a failure; of what it had, a warning.
Verdict verdict_of(const Tally& tally, std::uint64_t most) {
    if (tally.unknown > most) return Verdict::fail;
    Verdict verdict = tally.errors > most || tally.new_kinds > 0 ? Verdict::warn : Verdict::pass;
    if (tally.gaps > 0) verdict = worse(verdict, Verdict::warn);  // what was not seen is never "no errors"
    if (tally.unread > 0) verdict = worse(verdict, Verdict::error);
    return verdict;
}

std::string message_of(const Tally& tally, std::size_t containers, std::uint64_t most) {
    const auto number = [](auto n) { return static_cast<std::int64_t>(n); };
    std::string text = tally.errors == 0 ? "no errors" : plural(number(tally.errors), "error line");
    if (tally.errors > most) text += ", more than " + std::to_string(most);
    if (tally.new_kinds > 0)
        text += ", " + plural(number(tally.new_kinds), "kind") + " that the baseline did not have";
    text += " in the " + plural(number(tally.lines), "line") + " seen of " +
            plural(number(containers), "container");
    if (tally.gaps > 0) text += "; " + plural(number(tally.gaps), "log") + " not seen whole (rotated)";
    if (tally.unread > 0) text += "; " + plural(number(tally.unread), "log") + " could not be read";
    if (tally.silent > 0 && tally.gaps == 0) {
        text +=
            "; " + plural(number(tally.silent), "of them has", "of them have") + " logged nothing since then";
    }
    return text;
}

/// A log that was not empty at the baseline and is now: rotated away whole, with success (a burst does that).
void find_emptied(std::vector<LogReading>& readings, const Baseline* baseline, const std::string& since) {
    if (baseline == nullptr) return;
    const auto from = parse_rfc3339(since);
    for (auto& reading : readings) {
        const auto started = parse_rfc3339(reading.source.started);
        if (reading.lines > 0 || reading.problem || !started || (from && *started < *from)) continue;
        for (const auto& log : baseline->logs) {
            if (log.container != reading.source.key || log.lines == 0) continue;
            reading.gap =
                "its log is empty, though it started after the deploy and has logged before (rotated)";
        }
    }
}

/// What was followed from T0 on saw lines that have rotated away since.
void add_followed(std::vector<LogReading>& readings, const std::vector<FollowedLog>& followed) {
    for (auto& reading : readings) {
        for (const auto& log : followed) {
            const bool same =
                log.pod == reading.source.where.pod && log.container == reading.source.where.container;
            if (!same || reading.source.previous || log.lines <= reading.lines) continue;
            reading.lines = log.lines;
            reading.errors = log.errors;
            reading.patterns = log.patterns;
            reading.first = log.first;
            reading.last = log.last;
            reading.gap.clear();
            reading.problem.reset();
        }
    }
}

/// A database logs each connection that it refuses, ours too: of its log only what was written before we
/// knocked counts.
void leave_out_our_knocking(std::vector<LogSource>& sources, const CheckContext& context) {
    for (auto& source : sources) {
        for (const Json& pod : context.scope.pods) {
            if (name_of(pod) != source.where.pod) continue;
            for (const Json& container : list_at(pod, {"spec", "containers"})) {
                const bool same = text_at(container, {"name"}) == source.where.container;
                if (same && contains(text_at(container, {"image"}), "postgres"))
                    source.until = context.looked_from;
            }
        }
    }
}

}  // namespace

CheckResult log_errors(const CheckSpec& spec, const CheckContext& context, std::stop_token stop) {
    LogQuestion question;
    question.since = context.since;
    for (const Json& item : list_at(spec.params, {"ignore"})) {
        if (item.is_string()) question.ignore.push_back(item.get<std::string>());
    }
    if (const Json& one = at_path(spec.params, {"ignore"}); one.is_string())
        question.ignore.push_back(one.get<std::string>());
    if (const auto tail = int_at(spec.params, {"tail"}); tail > 0) question.tail = tail;
    auto sources = log_sources(context.scope, context.since);
    leave_out_our_knocking(sources, context);
    if (sources.empty()) return result_of(Verdict::skip, "no container has run since " + context.since);
    auto readings = read_logs(context.reader, sources, question, stop);
    if (!readings) return could_not_look(readings.error(), "the logs");
    add_followed(*readings, context.followed);
    find_emptied(*readings, context.baseline, context.since);
    const Tally tally = tally_of(*readings, context.baseline);
    const auto most =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, int_at(spec.params, {"max"}, k_default_max)));
    CheckResult result = result_of(verdict_of(tally, most), message_of(tally, sources.size(), most));
    tell_patterns(tally, result);
    tell_windows(*readings, result);
    result.measures.push_back({"error lines", static_cast<double>(tally.errors), "lines"});
    result.measures.push_back({"lines", static_cast<double>(tally.lines), "lines"});
    result.measures.push_back({"new kinds of errors", static_cast<double>(tally.new_kinds), "kinds"});
    return result;
}

}  // namespace su::checks
