// SPDX-License-Identifier: Apache-2.0
// manifest.json of a backup. It is read as if a stranger had written it.
#include "backup/store.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <set>

namespace su {

namespace {

constexpr int k_format = 1;

Json strings(const std::vector<std::string>& texts) {
    Json array = Json::array();
    for (const auto& text : texts) array.push_back(text);
    return array;
}

std::vector<std::string> strings_from(const Json& array) {
    std::vector<std::string> texts;
    for (const auto& text : array) {
        if (text.is_string()) texts.push_back(text.get<std::string>());
    }
    return texts;
}

Json to_json(const Artifact& artifact) {
    return {{"file", artifact.file},
            {"kind", artifact.kind},
            {"of", artifact.of},
            {"length", artifact.length},
            {"sha256", artifact.sha256},
            {"level", level_name(artifact.level)},
            {"madeBy", artifact.made_by},
            {"toolVersion", artifact.tool_version},
            {"createdAt", artifact.created_at},
            {"facts", artifact.facts}};
}

/// A plain name: no folder, nothing hidden, nothing a shell or terminal could take badly.
bool is_file_name(const std::string& name) {
    if (name.empty() || name.size() > 200 || name.front() == '.' || name.front() == '-' ||
        name == "manifest.json")
        return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '_' || c == '-';
    });
}

bool is_sha256(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Level level_from(const std::string& name) {
    for (const auto level : {Level::v0, Level::v1, Level::v2, Level::v3, Level::v4}) {
        if (level_name(level) == name) return level;
    }
    return Level::none;
}

Error invalid(const std::string& what) {
    return {Errc::invalid, "the backup's manifest is not valid: " + what, {}};
}

Result<Artifact> artifact_from_json(const Json& json) {
    Artifact artifact;
    artifact.file = text_at(json, {"file"});
    artifact.kind = text_at(json, {"kind"});
    artifact.of = text_at(json, {"of"});
    artifact.sha256 = text_at(json, {"sha256"});
    artifact.level = level_from(text_at(json, {"level"}));
    artifact.made_by = text_at(json, {"madeBy"});
    artifact.tool_version = text_at(json, {"toolVersion"});
    artifact.created_at = text_at(json, {"createdAt"});
    if (at_path(json, {"facts"}).is_object()) artifact.facts = at_path(json, {"facts"});
    if (!is_file_name(artifact.file)) return invalid("artifact name '" + printable(artifact.file) + "'");
    if (artifact.kind.empty()) return invalid("artifact " + artifact.file + " has no kind");
    const Json& length = at_path(json, {"length"});
    if (!length.is_number_unsigned()) return invalid("length of " + artifact.file);
    artifact.length = length.get<std::uint64_t>();
    if (!is_sha256(artifact.sha256)) return invalid("sha256 of " + artifact.file);
    return artifact;
}

bool is_data(const Artifact& artifact) {
    return artifact.kind == "postgres";
}

}  // namespace

std::string level_name(Level level) {
    return level == Level::none ? "-" : "V" + std::to_string(static_cast<int>(level));
}

Level BackupManifest::level() const {
    const bool any_data = std::any_of(artifacts.begin(), artifacts.end(), is_data);
    std::optional<Level> lowest;
    for (const auto& artifact : artifacts) {
        if (any_data && !is_data(artifact)) continue;
        lowest = lowest ? std::min(*lowest, artifact.level) : artifact.level;
    }
    return lowest.value_or(Level::none);
}

Json to_json(const BackupManifest& manifest) {
    Json artifacts = Json::array();
    for (const auto& artifact : manifest.artifacts) artifacts.push_back(to_json(artifact));
    return {{"format", k_format},
            {"id", manifest.id},
            {"release", manifest.release},
            {"namespace", manifest.name_space},
            {"revision", manifest.revision},
            {"incarnation", manifest.incarnation},
            {"chart", manifest.chart},
            {"createdAt", manifest.created_at},
            {"by", manifest.by},
            {"program", manifest.program},
            {"level", level_name(manifest.level())},
            {"artifacts", artifacts},
            {"notIncluded", strings(manifest.not_included)},
            {"secretsIn", strings(manifest.secrets_in)}};
}

Result<BackupManifest> backup_manifest_from_json(const Json& json) {
    if (!json.is_object()) return invalid("it is no object");
    if (const auto format = int_at(json, {"format"}); format != k_format) {
        return Error{Errc::unsupported,
                     "the backup's manifest has format " + std::to_string(format) + ", known is " +
                         std::to_string(k_format),
                     "use a newer safe-upgrade"};
    }
    BackupManifest manifest;
    manifest.id = text_at(json, {"id"});
    manifest.release = text_at(json, {"release"});
    manifest.name_space = text_at(json, {"namespace"});
    manifest.revision = static_cast<int>(int_at(json, {"revision"}));
    manifest.incarnation = text_at(json, {"incarnation"});
    manifest.chart = text_at(json, {"chart"});
    manifest.created_at = text_at(json, {"createdAt"});
    manifest.by = text_at(json, {"by"});
    manifest.program = text_at(json, {"program"});
    manifest.not_included = strings_from(list_at(json, {"notIncluded"}));
    manifest.secrets_in = strings_from(list_at(json, {"secretsIn"}));
    if (!is_dns_name(manifest.id)) return invalid("id '" + printable(manifest.id) + "'");
    if (!is_dns_name(manifest.release)) return invalid("release '" + printable(manifest.release) + "'");
    if (!is_dns_name(manifest.name_space))
        return invalid("namespace '" + printable(manifest.name_space) + "'");
    std::set<std::string> files;
    for (const auto& item : list_at(json, {"artifacts"})) {
        SU_ASSIGN(auto artifact, artifact_from_json(item));
        if (!files.insert(artifact.file).second)
            return invalid("artifact " + artifact.file + " is there twice");
        manifest.artifacts.push_back(std::move(artifact));
    }
    return manifest;
}

}  // namespace su
