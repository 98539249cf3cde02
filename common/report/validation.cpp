// SPDX-License-Identifier: Apache-2.0
#include "report/validation.hpp"

#include "base/text.hpp"
#include "diff/mask.hpp"

#include <algorithm>

namespace su {

namespace {

std::int64_t count_of(const std::vector<CheckResult>& results, Verdict verdict) {
    return std::count_if(results.begin(), results.end(),
                         [&](const CheckResult& r) { return r.verdict == verdict; });
}

/// Whatever a check has put into its words, nothing secret and no escape leaves here.
std::string clean(std::string_view text) {
    return printable(mask_text(text));
}

/// Capital letters for what a person must look at, so that it is found without colours too.
std::string verdict_word(Verdict verdict) {
    switch (verdict) {
        case Verdict::fail:
            return "FAIL";
        case Verdict::error:
            return "ERROR";
        default:
            return verdict_name(verdict);
    }
}

std::string painted(const CheckResult& result, const std::string& word, const Style& style) {
    switch (result.verdict) {
        case Verdict::pass:
            return style.good(word);
        case Verdict::warn:
            return style.warn(word);
        case Verdict::fail:
        case Verdict::error:
            return style.bad(word);
        case Verdict::skip:
            return style.dim(word);
    }
    return word;
}

/// Lines of more detail are shown where something is wrong; a pass says all in one line.
bool shows_details(const CheckResult& result) {
    return result.verdict == Verdict::fail || result.verdict == Verdict::error ||
           result.verdict == Verdict::warn;
}

std::string check_text(const CheckResult& result, std::size_t id_width, const Style& style) {
    constexpr std::size_t word_width = 5;
    const std::string word = verdict_word(result.verdict);
    const std::size_t column = word_width + 2 + id_width + 2;
    const std::string id = clean(result.id);
    std::string text = painted(result, word, style) + std::string(word_width + 2 - word.size(), ' ') + id +
                       std::string(id_width - std::min(id_width, display_width(id)) + 2, ' ') +
                       wrap(clean(result.message), style.width, column) + "\n";
    const std::string indent(column, ' ');
    for (const auto& line : result.details) {
        if (!shows_details(result) || line == result.message) continue;
        text += indent + "- " + wrap(clean(line), style.width, column + 2) + "\n";
    }
    if (!result.hint.empty())
        text += indent + style.dim("> " + wrap(clean(result.hint), style.width, column + 2)) + "\n";
    return text;
}

}  // namespace

std::string validation_summary(const std::vector<CheckResult>& results) {
    const auto failed = count_of(results, Verdict::fail);
    const auto unseen = count_of(results, Verdict::error);
    const auto warned = count_of(results, Verdict::warn);
    const auto skipped = count_of(results, Verdict::skip);
    std::vector<std::string> parts;
    if (failed > 0) parts.push_back(plural(failed, "check") + " failed");
    if (unseen > 0) parts.push_back(plural(unseen, "check") + " could not look");
    if (warned > 0) parts.push_back(plural(warned, "warning"));
    parts.push_back(std::to_string(count_of(results, Verdict::pass)) + " passed");
    if (skipped > 0) parts.push_back(std::to_string(skipped) + " skipped");
    const int code = exit_code_of(results);
    return std::string(code == 3   ? "not well: "
                       : code == 7 ? "not known to be well: "
                                   : "well: ") +
           join(parts, ", ");
}

std::string validation_text(const std::vector<CheckResult>& results, const Style& style) {
    std::size_t id_width = 0;
    for (const auto& result : results)
        id_width = std::max(id_width, std::min<std::size_t>(24, display_width(result.id)));
    std::string text;
    for (const auto& result : results) text += check_text(result, id_width, style);
    const std::string summary = validation_summary(results);
    const int code = exit_code_of(results);
    return text + (code == 0 ? style.good(summary) : style.bad(summary)) + "\n";
}

Json check_results_json(const std::vector<CheckResult>& results) {
    Json list = Json::array();
    for (const auto& result : results) {
        Json details = Json::array();
        for (const auto& line : result.details) details.push_back(clean(line));
        Json measures = Json::array();
        for (const auto& m : result.measures)
            measures.push_back({{"name", clean(m.name)}, {"value", m.value}, {"unit", m.unit}});
        list.push_back({{"id", clean(result.id)},
                        {"kind", clean(result.kind)},
                        {"verdict", verdict_name(result.verdict)},
                        {"required", result.required},
                        {"message", clean(result.message)},
                        {"hint", clean(result.hint)},
                        {"details", details},
                        {"measures", measures},
                        {"durationMs", result.duration.count()}});
    }
    return list;
}

Json validation_json(const ValidationHead& head, const std::vector<CheckResult>& results, int exit_code) {
    Json out = {{"format", 1},
                {"release", clean(head.release)},
                {"namespace", clean(head.name_space)},
                {"profile", clean(head.profile)},
                {"since", clean(head.since)},
                {"durationMs", head.duration.count()},
                {"exitCode", exit_code},
                {"summary", validation_summary(results)},
                {"checks", check_results_json(results)}};
    out["revision"] = head.revision > 0 ? Json(head.revision) : Json();
    out["baseline"] = head.baseline.empty() ? Json() : Json(clean(head.baseline));
    return out;
}

namespace {

/// XML 1.0 forbids control characters even when escaped; printable() has replaced them.
std::string xml(std::string_view text) {
    std::string out;
    for (const char c : clean(text)) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&apos;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string seconds(std::chrono::milliseconds duration) {
    const std::string ms = std::to_string(duration.count() % 1000);
    return std::to_string(duration.count() / 1000) + "." + std::string(3 - ms.size(), '0') + ms;
}

std::string test_case(const CheckResult& result) {
    std::string text = "    <testcase classname=\"" + xml(result.kind) + "\" name=\"" + xml(result.id) +
                       "\" time=\"" + seconds(result.duration) + "\">\n";
    std::string details;
    for (const auto& line : result.details) details += xml(line) + "\n";
    if (!result.hint.empty()) details += xml(result.hint) + "\n";
    const std::string message = " message=\"" + xml(result.message) + "\"";
    switch (result.verdict) {
        case Verdict::fail:
            text += "      <failure" + message + ">" + details + "</failure>\n";
            break;
        case Verdict::error:
            text += "      <error" + message + ">" + details + "</error>\n";
            break;
        case Verdict::skip:
            text += "      <skipped" + message + "/>\n";
            break;
        default:
            text += "      <system-out>" + std::string(verdict_name(result.verdict)) + ": " +
                    xml(result.message) + "\n" + details + "</system-out>\n";
    }
    return text + "    </testcase>\n";
}

std::string cell(std::string_view text) {
    std::string out = clean(text);
    for (const auto* c : {"\\", "|", "<", ">", "`", "*", "_", "[", "]"})
        out = replace_all(out, c, std::string("\\") + c);
    return out;
}

}  // namespace

std::string validation_junit(const ValidationHead& head, const std::vector<CheckResult>& results) {
    const std::string counts = " tests=\"" + std::to_string(results.size()) + "\" failures=\"" +
                               std::to_string(count_of(results, Verdict::fail)) + "\" errors=\"" +
                               std::to_string(count_of(results, Verdict::error)) + "\" skipped=\"" +
                               std::to_string(count_of(results, Verdict::skip)) + "\" time=\"" +
                               seconds(head.duration) + "\"";
    std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + counts +
                       ">\n  <testsuite name=\"" + xml(head.name_space + "/" + head.release) + "\"" + counts +
                       ">\n";
    for (const auto& result : results) text += test_case(result);
    return text + "  </testsuite>\n</testsuites>\n";
}

std::string validation_markdown(const ValidationHead& head, const std::vector<CheckResult>& results) {
    std::string text = "### Validation of " + cell(head.release) + " in " + cell(head.name_space);
    if (head.revision > 0) text += ", revision " + std::to_string(head.revision);
    text += "\n\n**" + cell(validation_summary(results)) + "**\n\n";
    if (!head.baseline.empty()) text += "Compared with the " + cell(head.baseline) + ".\n\n";
    text += "| Check | Verdict | Finding |\n|---|---|---|\n";
    for (const auto& result : results) {
        text += "| " + cell(result.id) + " | " + verdict_word(result.verdict) + " | " + cell(result.message) +
                " |\n";
    }
    for (const auto& result : results) {
        if (!shows_details(result) || result.details.empty()) continue;
        text += "\n**" + cell(result.id) + "**\n\n";
        for (const auto& line : result.details) text += "- " + cell(line) + "\n";
        if (!result.hint.empty()) text += "\nNext: " + cell(result.hint) + "\n";
    }
    return text;
}

}  // namespace su
