// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.hpp"

namespace su {

namespace {

Json values_json(const std::vector<ValueFinding>& findings) {
    Json list = Json::array();
    for (const auto& finding : findings) {
        Json item{{"class", value_class_name(finding.value_class)},
                  {"path", finding.path},
                  {"before", finding.before},
                  {"after", finding.after},
                  {"set_by", finding.set_by},
                  {"consequence", finding.consequence}};
        if (!finding.likely_new_name.empty()) item["likely_new_name"] = finding.likely_new_name;
        list.push_back(std::move(item));
    }
    return list;
}

const char* change_name(ObjectChange::Kind kind) {
    switch (kind) {
        case ObjectChange::Kind::added:
            return "added";
        case ObjectChange::Kind::removed:
            return "removed";
        case ObjectChange::Kind::changed:
            return "changed";
    }
    return "changed";
}

Json manifest_json(const ManifestDiff& diff) {
    Json objects = Json::array();
    for (const auto& change : diff.objects) {
        Json fields = Json::array();
        for (const auto& field : change.fields) {
            fields.push_back({{"path", field.path}, {"before", field.before}, {"after", field.after}});
        }
        objects.push_back({{"change", change_name(change.kind)},
                           {"apiVersion", change.api_version},
                           {"kind", change.object_kind},
                           {"namespace", change.name_space},
                           {"name", change.name},
                           {"holds_data", change.holds_data},
                           {"fields", std::move(fields)}});
    }
    Json images = Json::array();
    for (const auto& image : diff.images) {
        images.push_back({{"workload", image.workload},
                          {"container", image.container},
                          {"before", image.before},
                          {"after", image.after}});
    }
    return {{"objects", std::move(objects)}, {"images", std::move(images)}, {"hidden", diff.hidden}};
}

Json preflight_json(const std::vector<PreflightResult>& results) {
    Json list = Json::array();
    for (const auto& result : results) {
        list.push_back({{"id", result.id},
                        {"verdict", verdict_name(result.verdict)},
                        {"message", result.message},
                        {"hint", result.hint}});
    }
    return list;
}

}  // namespace

Json to_json(const Plan& plan) {
    Json backups = Json::array();
    for (const auto& backup : plan.backups) {
        backups.push_back({{"store", backup.store},
                           {"id", backup.database_id},
                           {"size_bytes", backup.size_bytes},
                           {"how", backup.how}});
    }
    Json steps = Json::array();
    for (const auto& step : plan.steps) {
        steps.push_back(
            {{"id", step.id}, {"title", step.title}, {"mutates", step.mutates}, {"undo", step.undo}});
    }
    return {{"type", "plan"},
            {"release", plan.release},
            {"namespace", plan.name_space},
            {"from", {{"revision", plan.from_revision}, {"chart", plan.from_chart}, {"app", plan.from_app}}},
            {"to", {{"chart", plan.to_chart}, {"app", plan.to_app}}},
            {"profile",
             {{"name", plan.profile}, {"evidence", plan.profile_evidence}, {"runs_in_pods", plan.untrusted}}},
            {"values", values_json(plan.values)},
            {"manifest", manifest_json(plan.manifest)},
            {"risk", {{"class", risk_name(plan.risk.risk_class)}, {"evidence", plan.risk.evidence}}},
            {"notes", plan.notes},
            {"preflight", preflight_json(plan.preflight)},
            {"backups", std::move(backups)},
            {"without_backup", plan.without_backup},
            {"downtime", plan.downtime},
            {"points_of_no_return", plan.no_return},
            {"steps", std::move(steps)},
            {"refused", plan.refused},
            {"fingerprint", plan.fingerprint}};
}

}  // namespace su
