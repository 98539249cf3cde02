// SPDX-License-Identifier: Apache-2.0
// A request to a Service through the API server's proxy: no port-forward, no name resolution on this machine.
#include "base/text.hpp"
#include "checks/kinds/kinds.hpp"
#include "checks/support.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace su::checks {

namespace {

constexpr auto k_patience = std::chrono::seconds{5};
constexpr auto k_pause = std::chrono::milliseconds{400};

std::string text_of(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.is_null() ? std::string{} : dump_json(value);
}

struct Target {
    std::string service;
    std::string port;
};

bool has_port(const Json& service, const std::string& port) {
    if (port.empty()) return true;
    for (const Json& item : list_at(service, {"spec", "ports"})) {
        if (text_of(at_path(item, {"port"})) == port || text_at(item, {"name"}) == port) return true;
    }
    return false;
}

/// The only Service that selects pods of the component; of several, the one with the port, then the shortest
/// name.
Result<Target> target_of_component(const CheckContext& context, const std::string& component,
                                   const std::string& port, std::stop_token stop) {
    SU_ASSIGN(auto services,
              context.reader.list(api_path("v1", "services", context.scope.name_space), {}, stop));
    const Json* best = nullptr;
    for (const Json& service : services) {
        const Json& selector = at_path(service, {"spec", "selector"});
        if (!selector.is_object() || selector.empty() || !has_port(service, port)) continue;
        const bool selects =
            std::any_of(context.scope.pods.begin(), context.scope.pods.end(), [&](const Json& pod) {
                if (!is_component(pod, component)) return false;
                const Json& labels = at_path(pod, {"metadata", "labels"});
                return std::all_of(selector.items().begin(), selector.items().end(), [&](const auto& item) {
                    return text_at(labels, {item.key()}) == text_of(item.value());
                });
            });
        if (selects && (best == nullptr || name_of(service).size() < name_of(*best).size())) best = &service;
    }
    if (best == nullptr) {
        return Error{Errc::not_found,
                     "no Service" + (port.empty() ? "" : " with port " + port) +
                         " selects pods of component " + component,
                     "name it in the profile: service: NAME"};
    }
    std::string found_port = port;
    if (found_port.empty()) found_port = text_of(at_path(list_at(*best, {"spec", "ports"}).at(0), {"port"}));
    return Target{name_of(*best), found_port};
}

Result<Target> find_target(const CheckSpec& spec, const CheckContext& context, std::stop_token stop) {
    const std::string port = text_of(at_path(spec.params, {"port"}));
    const std::string service = text_at(spec.params, {"service"});
    const std::string component = text_at(spec.params, {"component"});
    if (service.empty() && component.empty())
        return Error{Errc::usage, "neither service nor component is given", spec.where};
    if (component.empty()) return Target{service, port};
    if (service.empty()) return target_of_component(context, component, port, stop);
    return Target{service, port};
}

/// The API server's own words in place of the application's: {"kind":"Status", ...}.
std::optional<Json> server_status(const HttpResponse& response) {
    if (response.status < 400 || !contains(response.body, "\"Status\"")) return std::nullopt;
    auto json = parse_json(response.body, "answer");
    if (!json || text_at(*json, {"kind"}) != "Status") return std::nullopt;
    return std::move(*json);
}

void pause(std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, stop, k_pause, [] { return false; });
}

/// A Service's endpoints follow its pods' readiness by a second or two: 503 is asked again.
Result<HttpResponse> ask(const CheckContext& context, const std::string& path, std::stop_token stop) {
    const auto until = std::chrono::steady_clock::now() + k_patience;
    while (true) {
        auto response = context.reader.raw_get(path, {}, stop, std::chrono::seconds{10});
        const bool again = response ? response->status == 503 : response.error().code == Errc::unreachable;
        if (!again || stop.stop_requested() || std::chrono::steady_clock::now() + k_pause > until)
            return response;
        pause(stop);
    }
}

/// "a.b.0.c" in the answer.
std::string json_value(const Json& body, const std::string& path) {
    const Json* at = &body;
    for (const auto& key : split(path.starts_with("$.") ? path.substr(2) : path, '.')) {
        const auto index = parse_int(key);
        if (at->is_array() && index && *index >= 0 && static_cast<std::size_t>(*index) < at->size()) {
            at = &(*at)[static_cast<std::size_t>(*index)];
        } else {
            at = &at_path(*at, {key});
        }
    }
    return text_of(*at);
}

std::string wrong_body(const CheckSpec& spec, const HttpResponse& response) {
    const std::string part = text_of(at_path(spec.params, {"body-contains"}));
    if (!part.empty() && !contains(response.body, part))
        return "the answer does not contain \"" + printable(part) + "\"";
    const std::string path = text_at(spec.params, {"json-path"});
    if (path.empty()) return {};
    const auto body = parse_json(response.body, "the answer");
    if (!body) return "the answer is no JSON";
    const std::string found = json_value(*body, path);
    const Json& equals = at_path(spec.params, {"equals"});
    if (equals.is_null() && found.empty()) return printable(path) + " is not in the answer";
    if (!equals.is_null() && found != text_of(equals)) {
        return printable(path + " is \"" + found.substr(0, 100) + "\", not \"" + text_of(equals) + "\"");
    }
    return {};
}

CheckResult judge(const CheckSpec& spec, const HttpResponse& response, const std::string& what) {
    if (const auto status = server_status(response)) {
        const std::string words = what + ": " + printable(text_at(*status, {"message"}));
        const bool no_right =
            text_at(*status, {"reason"}) == "Forbidden" || text_at(*status, {"reason"}) == "Unauthorized";
        const bool no_service =
            text_at(*status, {"reason"}) == "NotFound" && text_at(*status, {"details", "kind"}) == "services";
        if (no_right)
            return result_of(Verdict::error, "could not look at " + words,
                             "it needs the right to get services/proxy");
        if (no_service)
            return result_of(Verdict::error, "could not look at " + words,
                             "correct the check's service in " + spec.where);
        return result_of(Verdict::fail, words, "see: kubectl get endpointslices");
    }
    const auto wanted = int_at(spec.params, {"status"}, 200);
    const bool any_good =
        at_path(spec.params, {"status"}).is_null() && response.status >= 200 && response.status < 300;
    const std::string answered = what + " answered " + std::to_string(response.status);
    if (response.status != wanted && !any_good) {
        return result_of(Verdict::fail, answered + ", not " + std::to_string(wanted) + ": " +
                                            printable(response.body.substr(0, 120)));
    }
    const std::string wrong = wrong_body(spec, response);
    if (!wrong.empty()) return result_of(Verdict::fail, answered + ", but " + wrong);
    return result_of(Verdict::pass, answered);
}

}  // namespace

CheckResult http(const CheckSpec& spec, const CheckContext& context, std::stop_token stop) {
    const auto target = find_target(spec, context, stop);
    if (!target) return could_not_look(target.error(), "the web interface");
    std::string path = text_at(spec.params, {"path"}, "/");
    if (!path.starts_with('/')) path = "/" + path;
    const std::string scheme = text_at(spec.params, {"scheme"});
    const std::string host = (scheme.empty() ? "" : scheme + ":") + target->service +
                             (target->port.empty() ? "" : ":" + target->port);
    const std::string what =
        printable("GET " + target->service + (target->port.empty() ? "" : ":" + target->port) + path);
    const auto started = std::chrono::steady_clock::now();
    const auto response = ask(
        context, api_path("v1", "services", context.scope.name_space) + "/" + host + "/proxy" + path, stop);
    const auto took =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
    if (!response) return could_not_look(response.error(), what);
    CheckResult result = judge(spec, *response, what);
    result.measures.push_back({"answer", took, "ms"});
    return result;
}

}  // namespace su::checks
