// SPDX-License-Identifier: Apache-2.0
#include "record/record.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"
#include "record/parts.hpp"

#include <algorithm>

namespace su {

namespace {

constexpr std::string_view k_type = "safe-upgrade.io/record.v1";
constexpr std::string_view k_owner = "safe-upgrade";
/// Base64 text per Secret: far enough below the API server's 1 MiB that labels and a second encoding do not
/// matter.
constexpr std::size_t k_part_bytes = 700 * 1024;

std::string secret_path(const std::string& name_space, const std::string& name = {}) {
    const std::string base = "/api/v1/namespaces/" + url_encode(name_space) + "/secrets";
    return name.empty() ? base : base + "/" + url_encode(name);
}

Json secret_of(const Record& record, const std::string& name, std::size_t part, std::size_t parts,
               std::string_view text) {
    Json labels = {{"owner", k_owner},
                   {"release", label_value(record.release)},
                   {"revision", std::to_string(record.revision)}};
    if (record.state == "captured") labels["captured"] = "true";
    return {{"apiVersion", "v1"},
            {"kind", "Secret"},
            {"type", k_type},
            {"metadata",
             {{"name", name},
              {"namespace", record.name_space},
              {"labels", labels},
              {"annotations",
               {{"safe-upgrade.io/part", std::to_string(part)},
                {"safe-upgrade.io/parts", std::to_string(parts)}}}}},
            {"data", {{"record", base64_encode(text)}}}};
}

Result<void> put(ClusterWriter& writer, const std::string& name_space, const Json& secret,
                 std::stop_token stop) {
    const std::string name = text_at(secret, {"metadata", "name"});
    const auto replaced = writer.replace(secret_path(name_space, name), secret, stop);
    if (replaced) return {};
    if (replaced.error().code != Errc::not_found) return replaced.error().context("record " + name);
    const auto created = writer.create(secret_path(name_space), secret, stop);
    if (!created) return created.error().context("record " + name);
    return {};
}

/// A shorter record must not leave the tail of a longer one behind.
Result<void> remove_parts_from(ClusterWriter& writer, const Record& record, const std::string& name,
                               std::size_t first, std::stop_token stop) {
    for (std::size_t part = first; part < 100; ++part) {
        const auto removed = writer.remove(secret_path(record.name_space, part_name(name, part)), stop);
        if (removed) continue;
        if (removed.error().code == Errc::not_found) return {};
        return removed.error().context("old part of record " + name);
    }
    return {};
}

bool by_revision(const Record& a, const Record& b) {
    if (a.revision != b.revision) return a.revision < b.revision;
    return a.started_at < b.started_at;
}

}  // namespace

std::string record_name(const Record& record) {
    const std::string suffix =
        record.state == "captured" ? "captured" : "r" + std::to_string(record.revision);
    return "safe-upgrade." + record.release + "." + suffix;
}

std::string part_name(const std::string& name, std::size_t part) {
    return part == 0 ? name : name + "." + std::to_string(part);
}

std::string label_value(const std::string& text) {
    // RFC 1123 label rules for values: at most 63 bytes; a longer name keeps its start and gets a digest
    if (text.size() <= 63) return text;
    return text.substr(0, 46) + "-" + sha256_hex(text).substr(0, 16);
}

Result<std::vector<Record>> read_records(ClusterReader& reader, const std::string& release,
                                         const std::string& incarnation, std::stop_token stop) {
    const std::string selector = "owner=" + std::string(k_owner) + ",release=" + label_value(release);
    SU_ASSIGN(auto secrets,
              reader.list(secret_path(reader.name_space()), "labelSelector=" + url_encode(selector), stop));
    SU_ASSIGN(auto records, assemble_records(secrets));
    std::erase_if(records, [&](const Record& record) {
        return record.release != release || (!incarnation.empty() && record.incarnation != incarnation);
    });
    std::stable_sort(records.begin(), records.end(), by_revision);
    return records;
}

Result<void> write_record(ClusterWriter& writer, const Record& record, std::stop_token stop) {
    const std::string name = record_name(record);
    const std::string text = base64_encode(gzip(dump_json(to_json(record))));
    const std::size_t parts = std::max<std::size_t>(1, (text.size() + k_part_bytes - 1) / k_part_bytes);
    // The first part is written last: until then a reader sees the old record, or says that a part is
    // missing.
    for (std::size_t left = parts; left > 0; --left) {
        const std::size_t part = left - 1;
        const auto piece = std::string_view(text).substr(part * k_part_bytes, k_part_bytes);
        SU_TRY(put(writer, record.name_space, secret_of(record, part_name(name, part), part, parts, piece),
                   stop));
    }
    return remove_parts_from(writer, record, name, parts, stop);
}

}  // namespace su
