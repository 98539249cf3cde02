// SPDX-License-Identifier: Apache-2.0
#include "cluster/release.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace su {

namespace {

constexpr std::string_view k_secret_type = "helm.sh/release.v1";
constexpr std::string_view k_gzip_magic = "\x1f\x8b\x08";

std::string object_name(const Json& object) {
    return printable(text_at(object, {"metadata", "name"}, "(no name)"));
}

/// The stored object's payload with all its wrappings taken off: the release's JSON text.
Result<std::string> unwrap(const Json& object) {
    const std::string what = "release " + object_name(object);
    std::string payload = text_at(object, {"data", "release"});
    if (payload.empty()) return Error{Errc::corrupt, what + " holds no data", {}};
    if (text_at(object, {"kind"}) != "ConfigMap") {  // the Secret API adds a base64 of its own
        auto outer = base64_decode(payload);
        if (!outer) return Error{Errc::corrupt, what + ": its data is no base64", {}};
        payload = std::move(*outer);
    }
    auto inner = base64_decode(payload);
    if (!inner) return Error{Errc::corrupt, what + ": its payload is no base64", {}};
    if (!inner->starts_with(k_gzip_magic)) return std::move(*inner);  // old Helm stored plain JSON
    auto text = gunzip(*inner);
    if (!text) return text.error().context(what);
    return text;
}

/// Helm 4 writes no "deleted" and may leave times out; both write RFC 3339.
std::string time_at(const Json& json, std::string_view name) {
    return text_at(json, {"info", name});
}

Json object_at(const Json& json, std::string_view name) {
    const Json& found = at_path(json, {name});
    return found.is_object() ? found : Json::object();
}

}  // namespace

Result<ReleaseDriver> parse_release_driver(const std::string& text) {
    if (text.empty() || text == "secret" || text == "secrets") return ReleaseDriver::secret;
    if (text == "configmap" || text == "configmaps") return ReleaseDriver::configmap;
    if (text == "sql") return ReleaseDriver::sql;
    return Error{Errc::usage,
                 "HELM_DRIVER is \"" + printable(text) + "\", which keeps no history that can be read",
                 "use secret, configmap or sql"};
}

Result<Release> release_from_json(const Json& json) {
    if (text_at(json, {"name"}).empty() || int_at(json, {"version"}) <= 0) {
        return Error{Errc::invalid, "the JSON is no Helm release: it has no name or no revision", {}};
    }
    Release release;
    release.name = text_at(json, {"name"});
    release.name_space = text_at(json, {"namespace"});
    release.revision = static_cast<int>(int_at(json, {"version"}));
    release.status = text_at(json, {"info", "status"});
    release.description = text_at(json, {"info", "description"});
    release.first_deployed = time_at(json, "first_deployed");
    release.last_deployed = time_at(json, "last_deployed");
    release.chart = object_at(json, "chart");
    release.chart_name = text_at(release.chart, {"metadata", "name"});
    release.chart_version = text_at(release.chart, {"metadata", "version"});
    release.app_version = text_at(release.chart, {"metadata", "appVersion"});
    release.apply_method = text_at(json, {"apply_method"});
    release.config = object_at(json, "config");
    release.manifest = text_at(json, {"manifest"});
    release.hooks = list_at(json, {"hooks"});
    return release;
}

Result<Release> decode_release(const Json& object) {
    const std::string what = "release " + object_name(object);
    if (text_at(object, {"kind"}) == "Secret" && text_at(object, {"type"}, k_secret_type) != k_secret_type) {
        return Error{Errc::invalid,
                     what + " is no Helm release: its type is " + printable(text_at(object, {"type"})),
                     {}};
    }
    SU_ASSIGN(const std::string text, unwrap(object));
    auto json = parse_json(text, what);
    if (!json) return Error{Errc::corrupt, json.error().message, {}};
    auto release = release_from_json(*json);
    if (!release) return release.error().context(what);
    release->raw_object = object;
    return release;
}

Result<std::vector<Release>> read_history(ClusterReader& reader, ReleaseDriver driver,
                                          const std::string& release, std::stop_token stop) {
    if (driver == ReleaseDriver::sql) {
        return Error{Errc::unsupported, "Helm's sql driver keeps its history outside of the cluster", {}};
    }
    const std::string plural = driver == ReleaseDriver::secret ? "secrets" : "configmaps";
    const std::string query = "labelSelector=" + url_encode("owner=helm,name=" + release);
    auto objects = reader.list(api_path("v1", plural, reader.name_space(), {}), query, stop);
    if (!objects) return objects.error().context("cannot read the history of release " + printable(release));
    std::vector<Release> history;
    for (const auto& object : *objects) {
        SU_ASSIGN(auto decoded, decode_release(object));
        history.push_back(std::move(decoded));
    }
    std::sort(history.begin(), history.end(),
              [](const Release& a, const Release& b) { return a.revision < b.revision; });
    return history;
}

bool is_pending(const Release& release) {
    return release.status.starts_with("pending-");
}

}  // namespace su
