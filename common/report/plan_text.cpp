// SPDX-License-Identifier: Apache-2.0
#include "report/plan_text.hpp"

#include "base/text.hpp"

namespace su {

namespace {

std::string value_text(const Json& value) {
    std::string text = value.is_string() ? value.get<std::string>() : dump_json(value);
    text = printable(text);
    return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

std::string section(const Style& style, const std::string& title) {
    return "\n" + style.bold(title) + "\n";
}

std::string bullets(const std::vector<std::string>& lines, const Style& style) {
    std::string out;
    for (const auto& line : lines) out += "  - " + wrap(printable(line), style.width, 4) + "\n";
    return out;
}

bool is_danger(ValueClass value_class) {
    return value_class == ValueClass::dropped || value_class == ValueClass::ignored ||
           value_class == ValueClass::type_changed || value_class == ValueClass::hidden_default;
}

std::string values_text(const Plan& plan, const Style& style) {
    if (plan.values.empty()) return "  no value changes\n";
    std::string out;
    for (const auto& finding : plan.values) {
        const std::string name = value_class_name(finding.value_class);
        out += "  " + (is_danger(finding.value_class) ? style.warn(name) : name) + " " +
               style.bold(printable(finding.path)) + "\n";
        if (!finding.before.is_null() || !finding.after.is_null()) {
            out += "      " + value_text(finding.before) + " -> " + value_text(finding.after) + "\n";
        }
        out += "      " + wrap(printable(finding.consequence), style.width, 6) + "\n";
        if (!finding.likely_new_name.empty()) {
            out += "      " +
                   wrap("probably " + printable(finding.likely_new_name) + " now", style.width, 6) + "\n";
        }
    }
    return out;
}

std::string object_line(const ObjectChange& change, const Style& style) {
    const std::string name = printable(change.object_kind + "/" + change.name);
    switch (change.kind) {
        case ObjectChange::Kind::added:
            return "  " + style.good("+ " + name) + "\n";
        case ObjectChange::Kind::removed:
            return "  " +
                   style.bad("- " + name + (change.holds_data ? "  HOLDS DATA and will be deleted" : "")) +
                   "\n";
        case ObjectChange::Kind::changed:
            return "  ~ " + name + "\n";
    }
    return {};
}

std::string manifest_text(const Plan& plan, const Style& style, bool every_field) {
    std::string out;
    for (const auto& change : plan.manifest.objects) {
        out += object_line(change, style);
        if (!every_field || change.kind != ObjectChange::Kind::changed) continue;
        for (const auto& field : change.fields) {
            const std::string text =
                printable(field.path) + ": " + value_text(field.before) + " -> " + value_text(field.after);
            out += "      " + wrap(text, style.width, 8) + "\n";
        }
    }
    if (out.empty()) out = "  no object changes\n";
    std::vector<std::string> hidden;
    for (const auto& [rule, count] : plan.manifest.hidden)
        hidden.push_back(std::to_string(count) + " " + rule);
    if (!hidden.empty())
        out += "  " + style.dim("hidden: " + wrap(join(hidden, ", "), style.width, 10)) + "\n";
    return out;
}

std::string images_text(const Plan& plan) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& image : plan.manifest.images) {
        rows.push_back({printable(image.workload), printable(image.before.empty() ? "(new)" : image.before)});
        rows.push_back({"", "-> " + printable(image.after.empty() ? "(removed)" : image.after)});
    }
    return rows.empty() ? "  no image changes\n" : table(rows, 200, 2);
}

std::string verdict_word(Verdict verdict, const Style& style) {
    const std::string name = verdict_name(verdict);
    if (verdict == Verdict::pass) return style.good(name);
    if (verdict == Verdict::warn || verdict == Verdict::skip) return style.warn(name);
    return style.bad(name);
}

std::string preflight_text(const Plan& plan, const Style& style) {
    std::string out;
    for (const auto& result : plan.preflight) {
        const std::string verdict = verdict_name(result.verdict);
        out += "  " + verdict_word(result.verdict, style) +
               std::string(6 - std::min<std::size_t>(5, verdict.size()), ' ') +
               wrap(result.id + ": " + printable(result.message), style.width, 8) + "\n";
        if (!result.hint.empty()) out += "        " + wrap(printable(result.hint), style.width, 8) + "\n";
    }
    return out;
}

std::string steps_text(const Plan& plan, const Style& style) {
    std::string out;
    int number = 0;
    for (const auto& step : plan.steps) {
        out += "  " + std::to_string(++number) + ". " + wrap(printable(step.title), style.width, 5) + "\n";
        if (!step.undo.empty())
            out += "     " + style.dim("undo: " + wrap(printable(step.undo), style.width, 11)) + "\n";
    }
    return out;
}

std::string backups_text(const Plan& plan, const Style& style) {
    std::string out;
    for (const auto& backup : plan.backups) {
        const std::string size =
            backup.size_bytes > 0 ? " (" + human_bytes(backup.size_bytes) + " in the database)" : "";
        out += "  - " + wrap(printable(backup.store) + size + ": " + backup.how, style.width, 4) + "\n";
    }
    for (const auto& store : plan.without_backup) {
        out += "  - " + style.bad(wrap("WITHOUT BACKUP: " + printable(store), style.width, 4)) + "\n";
    }
    return out;
}

}  // namespace

std::string diff_text(const Plan& plan, const Style& style) {
    return style.bold("Values") + "\n" + values_text(plan, style) + section(style, "Images") +
           images_text(plan) + section(style, "Objects") + manifest_text(plan, style, true);
}

std::string plan_text(const Plan& plan, const Style& style) {
    std::string out = style.bold("Plan for " + plan.release + " in " + plan.name_space) + "\n";
    out += "  revision " + std::to_string(plan.from_revision) + ", " + printable(plan.from_chart) + " (" +
           printable(plan.from_app) + ") -> " + printable(plan.to_chart) + " (" + printable(plan.to_app) +
           ")\n";
    out += "  profile " +
           wrap(printable(plan.profile + ": " + join(plan.profile_evidence, "; ")), style.width, 4) + "\n";
    out += section(style, "Risk: " + std::string(risk_name(plan.risk.risk_class))) +
           bullets(plan.risk.evidence, style);
    out += "  - downtime: " + wrap(plan.downtime, style.width, 4) + "\n";
    for (const auto& point : plan.no_return)
        out += "  - no way back by manifests alone after " + wrap(point, style.width, 4) + "\n";
    if (!plan.notes.empty())
        out += section(style, "Notes for the versions passed through") + bullets(plan.notes, style);
    if (!plan.untrusted.empty())
        out += section(style, "The chart's own profile would run") + bullets(plan.untrusted, style);
    out += section(style, "Values") + values_text(plan, style);
    out += section(style, "Images") + images_text(plan);
    out += section(style, "Objects") + manifest_text(plan, style, false);
    out += section(style, "Preflight") + preflight_text(plan, style);
    out += section(style, "Backups") + backups_text(plan, style);
    out += section(style, "Steps") + steps_text(plan, style);
    if (!plan.refused.empty()) out += section(style, style.bad("Refused")) + bullets(plan.refused, style);
    return out;
}

std::string plan_markdown(const Plan& plan) {
    const Style plain;
    std::string out = "### safe-upgrade: " + plan.release + " " + printable(plan.from_chart) + " -> " +
                      printable(plan.to_chart) + "\n\nRisk: **" + risk_name(plan.risk.risk_class) + "**\n\n";
    for (const auto& line : plan.risk.evidence) out += "- " + printable(line) + "\n";
    if (!plan.refused.empty()) out += "\n**Refused**\n\n";
    for (const auto& line : plan.refused) out += "- " + printable(line) + "\n";
    return out + "\n```text\n" + replace_all(diff_text(plan, plain), "```", "` ` `") + "```\n";
}

}  // namespace su
