// SPDX-License-Identifier: Apache-2.0
#include "backup/helm_release.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"

namespace su {

namespace {

/// The release objects as they come back from the packed file must decode to the same revisions.
Result<void> check_releases(const std::string& packed, const std::vector<Release>& history) {
    SU_ASSIGN(const auto text, gunzip(packed));
    SU_ASSIGN(const Json back, parse_json(text, "the saved releases"));
    if (!back.is_array() || back.size() != history.size())
        return Error{Errc::corrupt, "the saved releases are not all there", {}};
    for (std::size_t i = 0; i < history.size(); ++i) {
        if (back[i] != history[i].raw_object)
            return Error{Errc::corrupt, "a saved release differs from the cluster's", {}};
        if (history[i].raw_object.is_null()) continue;
        SU_ASSIGN(const auto release, decode_release(back[i]));
        if (release.revision != history[i].revision || release.manifest != history[i].manifest) {
            return Error{Errc::corrupt,
                         "saved revision " + std::to_string(history[i].revision) + " decodes differently",
                         {}};
        }
    }
    return {};
}

}  // namespace

Result<void> save_helm_release(const std::vector<Release>& history, BackupFolder& folder) {
    if (history.empty()) return Error{Errc::not_found, "the release has no revisions to save", {}};
    const Release& last = history.back();
    const std::string of =
        "release " + last.name_space + "/" + last.name + " revision " + std::to_string(last.revision);

    const std::string values = dump_yaml(last.config);
    SU_ASSIGN(const Json values_back, parse_yaml(values, "the saved values"));
    const bool none = last.config.is_null() || last.config.empty();
    if (values_back != last.config && !(none && (values_back.is_null() || values_back.empty()))) {
        return Error{Errc::corrupt, "the values of " + of + " do not read back as they were written", {}};
    }
    SU_TRY(folder.add("values.yaml", "values", of, values));
    SU_TRY(folder.add("manifest.yaml", "manifest", of, last.manifest));
    folder.manifest.secrets_in.insert(folder.manifest.secrets_in.end(), {"values.yaml", "manifest.yaml"});

    Json objects = Json::array();
    bool any = false;
    for (const auto& release : history) {
        objects.push_back(release.raw_object);
        any = any || !release.raw_object.is_null();
    }
    if (!any) {
        folder.manifest.not_included.emplace_back(
            "the raw release objects: Helm keeps them in its SQL storage");
        return {};
    }
    const std::string packed = gzip(dump_json(objects));
    SU_TRY(check_releases(packed, history));
    SU_TRY(folder.add("releases.json.gz", "helm-release",
                      plural(static_cast<std::int64_t>(history.size()), "revision") + " of " +
                          last.name_space + "/" + last.name,
                      packed));
    folder.manifest.secrets_in.emplace_back("releases.json.gz");
    return {};
}

}  // namespace su
