// SPDX-License-Identifier: Apache-2.0
#include "base/digest.hpp"
#include "base/text.hpp"
#include "record/parts.hpp"

namespace su {

namespace {

struct Pieces {
    std::size_t wanted = 0;
    std::map<std::size_t, std::string> texts;
};

Error corrupt(const std::string& name, const std::string& why) {
    return {Errc::corrupt, "record " + printable(name) + ": " + why,
            "delete Secret " + printable(name) + " if it is not needed any more"};
}

std::size_t annotation(const Json& secret, std::string_view key, std::size_t fallback) {
    const auto value = parse_int(text_at(secret, {"metadata", "annotations", key}));
    return value && *value >= 0 ? static_cast<std::size_t>(*value) : fallback;
}

Result<void> collect(const Json& secret, std::map<std::string, Pieces>& found) {
    std::string name = text_at(secret, {"metadata", "name"});
    const std::size_t part = annotation(secret, "safe-upgrade.io/part", 0);
    const std::string suffix = "." + std::to_string(part);
    if (part > 0 && name.ends_with(suffix)) name.resize(name.size() - suffix.size());
    const auto text = base64_decode(text_at(secret, {"data", "record"}));
    if (!text) return corrupt(name, "data.record is not base64");
    auto& pieces = found[name];
    // The first part is written last, so its count is the valid one.
    if (part == 0) pieces.wanted = annotation(secret, "safe-upgrade.io/parts", 1);
    pieces.texts[part] = *text;
    return {};
}

Result<Record> decode(const std::string& name, const Pieces& pieces) {
    std::string text;
    for (std::size_t part = 0; part < pieces.wanted; ++part) {
        const auto piece = pieces.texts.find(part);
        if (piece == pieces.texts.end()) return corrupt(name, "part " + std::to_string(part) + " is missing");
        text += piece->second;
    }
    const auto packed = base64_decode(text);
    if (!packed) return corrupt(name, "it is not base64");
    const auto json_text = gunzip(*packed);
    if (!json_text) return corrupt(name, json_text.error().message);
    const auto json = parse_json(*json_text, "record " + name);
    if (!json) return corrupt(name, json.error().message);
    auto record = record_from_json(*json);
    if (!record) return corrupt(name, record.error().message);
    return record;
}

}  // namespace

Result<std::vector<Record>> assemble_records(const std::vector<Json>& secrets) {
    std::map<std::string, Pieces> found;
    for (const Json& secret : secrets) {
        if (text_at(secret, {"type"}) == "safe-upgrade.io/record.v1") SU_TRY(collect(secret, found));
    }
    std::vector<Record> records;
    for (const auto& [name, pieces] : found) {
        if (pieces.wanted == 0) continue;  // parts without a first one: a write that never came to its end
        SU_ASSIGN(auto record, decode(name, pieces));
        records.push_back(std::move(record));
    }
    return records;
}

}  // namespace su
