// SPDX-License-Identifier: Apache-2.0
#include "cluster/api.hpp"

#include "base/text.hpp"

#include <condition_variable>
#include <mutex>

namespace su {

namespace {

using std::chrono::milliseconds;

constexpr const char* k_page = "limit=500";
const std::string k_json = "application/json";

/// Sleeps, but not through a stop request.
void pause(milliseconds time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, time, [] { return false; });
}

Errc code_of(int status) {
    switch (status) {
        case 401:
        case 403:
            return Errc::forbidden;
        case 404:
        case 410:
            return Errc::not_found;
        case 409:
        case 412:
            return Errc::conflict;
        case 400:
        case 422:
            return Errc::invalid;
        case 429:
            return Errc::unreachable;
        default:
            return status >= 500 ? Errc::unreachable : Errc::invalid;
    }
}

bool is_transient(const Result<HttpResponse>& answer) {
    if (!answer) return answer.error().code == Errc::unreachable;
    return answer->status == 429 || answer->status >= 500;
}

/// "PodList" to "Pod"; the API server leaves both out of the items of a list.
void fill_in_kind(Json& item, const Json& list) {
    if (!item.is_object()) return;
    std::string kind = text_at(list, {"kind"});
    if (kind.ends_with("List")) kind.resize(kind.size() - 4);
    if (!item.contains("kind") && !kind.empty()) item["kind"] = kind;
    if (!item.contains("apiVersion")) item["apiVersion"] = text_at(list, {"apiVersion"});
}

}  // namespace

Error status_error(const HttpResponse& response, const std::string& what) {
    const Json body = Json::parse(response.body, nullptr, false);
    std::string words = text_at(body, {"message"});
    if (words.empty()) words = trim(std::string_view(response.body).substr(0, 500));
    if (words.empty()) words = "HTTP status " + std::to_string(response.status);
    return {code_of(response.status), what + ": " + printable(words), {}};
}

Result<HttpResponse> ClusterApi::get_retried(const HttpRequest& request, const HttpLimits& limits,
                                             std::stop_token stop, const BodySink& sink) {
    auto answer = m_door.call(request, limits, stop, sink);
    if (!is_transient(answer)) return answer;
    // 429: the server asks for a second (API priority and fairness); the rest are mostly broken idle
    // connections
    pause(answer && answer->status == 429 ? milliseconds{1000} : milliseconds{100}, stop);
    return m_door.call(request, limits, stop, sink);
}

Result<Json> ClusterApi::get(const std::string& path, std::stop_token stop) {
    HttpRequest request;
    request.target = path;
    SU_ASSIGN(const auto answer, get_retried(request, {}, stop));
    if (answer.status / 100 != 2) return status_error(answer, "cannot read " + path);
    return parse_json(answer.body, "the answer on " + path);
}

Result<HttpResponse> ClusterApi::raw_get(const std::string& path, const Headers& headers,
                                         std::stop_token stop, milliseconds deadline) {
    HttpRequest request;
    request.target = path;
    request.headers = headers;
    HttpLimits limits;
    limits.deadline = deadline;
    return get_retried(request, limits, stop);
}

Result<void> ClusterApi::list_pages(const std::string& path, const std::string& query,
                                    std::vector<Json>& items, std::stop_token stop) {
    const std::string base = path + "?" + query + (query.empty() ? "" : "&") + k_page;
    std::string next;
    do {
        SU_ASSIGN(Json page, get(next.empty() ? base : base + "&continue=" + url_encode(next), stop));
        next = text_at(page, {"metadata", "continue"});
        if (!page.is_object() || !page["items"].is_array()) {
            // an empty Go list may be null
            if (page.is_object() && page["items"].is_null()) continue;
            return Error{Errc::invalid, "the answer on " + path + " is no list", {}};
        }
        for (auto& item : page["items"]) {
            fill_in_kind(item, page);
            items.push_back(std::move(item));
        }
    } while (!next.empty());
    return {};
}

Result<std::vector<Json>> ClusterApi::list(const std::string& path, const std::string& query,
                                           std::stop_token stop) {
    std::vector<Json> items;
    auto result = list_pages(path, query, items, stop);
    if (!result && result.error().code == Errc::not_found && !items.empty()) {
        items.clear();  // 410: the "continue" of a long list has expired; once more from the start
        result = list_pages(path, query, items, stop);
    }
    SU_TRY(std::move(result));
    return items;
}

Result<Json> ClusterApi::send(const std::string& method, const std::string& path, const Json& body,
                              const std::string& type, std::stop_token stop) {
    HttpRequest request;
    request.method = method;
    request.target = path;
    if (!body.is_null()) {
        request.headers.emplace_back("Content-Type", type);
        request.body = dump_json(body);
    }
    SU_ASSIGN(const auto answer, m_door.call(request, {}, stop));
    if (answer.status / 100 != 2) return status_error(answer, "cannot " + to_lower(method) + " " + path);
    if (answer.body.empty()) return Json();
    return parse_json(answer.body, "the answer on " + path);
}

Result<Json> ClusterApi::review(const std::string& path, const Json& body, std::stop_token stop) {
    return send("POST", path, body, k_json, stop);
}

Result<Json> ClusterApi::create(const std::string& collection_path, const Json& object,
                                std::stop_token stop) {
    return send("POST", collection_path, object, k_json, stop);
}

Result<Json> ClusterApi::replace(const std::string& path, const Json& object, std::stop_token stop) {
    return send("PUT", path, object, k_json, stop);
}

Result<Json> ClusterApi::patch(const std::string& path, const Json& merge_patch, std::stop_token stop) {
    return send("PATCH", path, merge_patch, "application/merge-patch+json", stop);
}

Result<void> ClusterApi::remove(const std::string& path, std::stop_token stop) {
    SU_TRY(send("DELETE", path, {}, {}, stop));
    return {};
}

Result<std::string> ClusterApi::container_of(const ContainerRef& where, std::stop_token stop) {
    if (!where.container.empty()) return where.container;
    SU_ASSIGN(const Json pod, get(api_path("v1", "pods", where.name_space, where.pod), stop));
    const std::string chosen =
        text_at(pod, {"metadata", "annotations", "kubectl.kubernetes.io/default-container"});
    const Json& containers = list_at(pod, {"spec", "containers"});
    for (const auto& container : containers) {
        if (text_at(container, {"name"}) == chosen) return chosen;
    }
    if (containers.empty()) return Error{Errc::invalid, "pod " + where.pod + " has no container", {}};
    return text_at(containers.front(), {"name"});
}

}  // namespace su
