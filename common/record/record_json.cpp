// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "record/record.hpp"

namespace su {

namespace {

constexpr int k_format = 1;

std::vector<std::string> texts_at(const Json& json, std::string_view key) {
    std::vector<std::string> texts;
    for (const Json& item : list_at(json, {key})) {
        if (item.is_string()) texts.push_back(item.get<std::string>());
    }
    return texts;
}

std::uint64_t count_at(const Json& json, std::string_view key) {
    const auto value = int_at(json, {key});
    return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

WorkloadBaseline workload_from(const Json& json) {
    return {text_at(json, {"kind"}), text_at(json, {"name"}), static_cast<int>(int_at(json, {"replicas"})),
            static_cast<int>(int_at(json, {"restarts"})), texts_at(json, "images")};
}

Result<DatabaseBaseline> database_from(const Json& json) {
    DatabaseBaseline database{text_at(json, {"id"}),
                              text_at(json, {"name"}),
                              text_at(json, {"serverVersion"}),
                              text_at(json, {"schemaVersion"}),
                              {}};
    const Json& tables = at_path(json, {"tables"});
    if (!tables.is_object()) return database;
    for (const auto& [table, rows] : tables.items()) {
        if (!rows.is_number_integer()) {
            return Error{Errc::invalid, "rows of table " + printable(table) + " are not a whole number", {}};
        }
        database.tables[table] = rows.get<std::int64_t>();
    }
    return database;
}

LogBaseline log_from(const Json& json) {
    return {text_at(json, {"container"}), count_at(json, "lines"), count_at(json, "errors"),
            texts_at(json, "errorTemplates")};
}

}  // namespace

Json to_json(const Baseline& baseline) {
    Json workloads = Json::array();
    for (const auto& w : baseline.workloads) {
        workloads.push_back({{"kind", w.kind},
                             {"name", w.name},
                             {"replicas", w.replicas},
                             {"restarts", w.restarts},
                             {"images", w.images}});
    }
    Json databases = Json::array();
    for (const auto& d : baseline.databases) {
        databases.push_back({{"id", d.id},
                             {"name", d.name},
                             {"serverVersion", d.server_version},
                             {"schemaVersion", d.schema_version},
                             {"tables", Json(d.tables)}});
    }
    Json logs = Json::array();
    for (const auto& l : baseline.logs) {
        logs.push_back({{"container", l.container},
                        {"lines", l.lines},
                        {"errors", l.errors},
                        {"errorTemplates", l.error_templates}});
    }
    return {{"capturedAt", baseline.captured_at},
            {"revision", baseline.revision},
            {"workloads", workloads},
            {"databases", databases},
            {"logs", logs},
            {"missing", baseline.missing}};
}

Json to_json(const Record& record) {
    return {{"format", k_format},
            {"release", record.release},
            {"namespace", record.name_space},
            {"revision", record.revision},
            {"incarnation", record.incarnation},
            {"state", record.state},
            {"strategy", record.strategy},
            {"backupId", record.backup_id},
            {"backupPlace", record.backup_place},
            {"fromRevision", record.from_revision},
            {"fromChart", record.from_chart},
            {"toChart", record.to_chart},
            {"startedAt", record.started_at},
            {"finishedAt", record.finished_at},
            {"by", record.by},
            {"message", record.message},
            {"baseline", to_json(record.baseline)},
            {"validation", record.validation}};
}

Result<Baseline> baseline_from_json(const Json& json) {
    if (!json.is_object()) return Error{Errc::invalid, "the baseline is not an object", {}};
    Baseline baseline;
    baseline.captured_at = text_at(json, {"capturedAt"});
    baseline.revision = static_cast<int>(int_at(json, {"revision"}));
    for (const Json& item : list_at(json, {"workloads"})) baseline.workloads.push_back(workload_from(item));
    for (const Json& item : list_at(json, {"databases"})) {
        SU_ASSIGN(auto database, database_from(item));
        baseline.databases.push_back(std::move(database));
    }
    for (const Json& item : list_at(json, {"logs"})) baseline.logs.push_back(log_from(item));
    baseline.missing = texts_at(json, "missing");
    return baseline;
}

Result<Record> record_from_json(const Json& json) {
    if (!json.is_object() || text_at(json, {"release"}).empty()) {
        return Error{Errc::invalid, "it is no record of safe-upgrade (no release)", {}};
    }
    if (int_at(json, {"format"}) > k_format) {
        return Error{Errc::unsupported, "it was written by a newer safe-upgrade", "use the newer version"};
    }
    Record record;
    record.release = text_at(json, {"release"});
    record.name_space = text_at(json, {"namespace"});
    record.revision = static_cast<int>(int_at(json, {"revision"}));
    record.incarnation = text_at(json, {"incarnation"});
    record.state = text_at(json, {"state"});
    record.strategy = text_at(json, {"strategy"}, "rolling");
    record.backup_id = text_at(json, {"backupId"});
    record.backup_place = text_at(json, {"backupPlace"});
    record.from_revision = static_cast<int>(int_at(json, {"fromRevision"}));
    record.from_chart = text_at(json, {"fromChart"});
    record.to_chart = text_at(json, {"toChart"});
    record.started_at = text_at(json, {"startedAt"});
    record.finished_at = text_at(json, {"finishedAt"});
    record.by = text_at(json, {"by"});
    record.message = text_at(json, {"message"});
    record.validation = at_path(json, {"validation"});
    if (at_path(json, {"baseline"}).is_object()) {
        SU_ASSIGN(record.baseline, baseline_from_json(at_path(json, {"baseline"})));
    }
    return record;
}

}  // namespace su
