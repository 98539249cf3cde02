// SPDX-License-Identifier: Apache-2.0
#include "database/server.hpp"

#include "base/text.hpp"
#include "database/address.hpp"

#include <algorithm>

namespace su {

namespace {

bool is_ready(const Json& pod) {
    for (const auto& condition : list_at(pod, {"status", "conditions"})) {
        if (text_at(condition, {"type"}) == "Ready") return text_at(condition, {"status"}) == "True";
    }
    return false;
}

bool is_this_pod(const std::string& host) {
    return host.empty() || host.front() == '/' || host == "localhost" || host == "::1" ||
           host.starts_with("127.");
}

/// The port that endpoints listen on for a Service's port.
int slice_port(const Json& slice, int wanted) {
    const auto& ports = list_at(slice, {"ports"});
    for (const auto& port : ports) {
        if (int_at(port, {"port"}) == wanted) return wanted;
    }
    return ports.size() == 1 ? static_cast<int>(int_at(ports[0], {"port"}, wanted)) : wanted;
}

Result<void> add_from_slices(ClusterReader& reader, const ServiceName& name, int port,
                             std::vector<ServerPod>& found, std::stop_token stop) {
    const std::string query = "labelSelector=" + url_encode("kubernetes.io/service-name=" + name.service);
    SU_ASSIGN(const auto slices,
              reader.list(api_path("discovery.k8s.io/v1", "endpointslices", name.name_space), query, stop));
    for (const auto& slice : slices) {
        for (const auto& endpoint : list_at(slice, {"endpoints"})) {
            if (text_at(endpoint, {"targetRef", "kind"}) != "Pod") continue;
            const std::string pod_name = text_at(endpoint, {"targetRef", "name"});
            if (!name.pod.empty() && pod_name != name.pod) continue;
            const bool known = std::any_of(found.begin(), found.end(), [&](const ServerPod& server) {
                return text_at(server.pod, {"metadata", "name"}) == pod_name;
            });
            if (known) continue;
            auto pod = reader.get(api_path("v1", "pods", name.name_space, pod_name), stop);
            if (!pod && pod.error().code == Errc::not_found) continue;
            if (!pod) return pod.error();
            if (is_running(*pod)) found.push_back({std::move(*pod), slice_port(slice, port)});
        }
    }
    return {};
}

Result<void> add_from_selector(ClusterReader& reader, const Json& service, const ServiceName& name, int port,
                               std::vector<ServerPod>& found, std::stop_token stop) {
    const Json& selector = at_path(service, {"spec", "selector"});
    if (!selector.is_object() || selector.empty()) return {};
    std::vector<std::string> pairs;
    for (const auto& [key, value] : selector.items()) {
        if (value.is_string()) pairs.push_back(key + "=" + value.get<std::string>());
    }
    SU_ASSIGN(auto pods, reader.list(api_path("v1", "pods", name.name_space),
                                     "labelSelector=" + url_encode(join(pairs, ",")), stop));
    for (auto& pod : pods) {
        if (is_running(pod) && (name.pod.empty() || text_at(pod, {"metadata", "name"}) == name.pod)) {
            found.push_back({std::move(pod), port});
        }
    }
    return {};
}

Result<std::vector<ServerPod>> pods_of(ClusterReader& reader, const std::string& host, int port,
                                       const Json& client_pod, int depth, std::stop_token stop) {
    if (is_this_pod(host)) return std::vector<ServerPod>{{client_pod, port}};
    for (const auto& name : service_names(host, text_at(client_pod, {"metadata", "namespace"}))) {
        const auto service = reader.get(api_path("v1", "services", name.name_space, name.service), stop);
        if (!service && service.error().code == Errc::not_found) continue;
        if (!service) return service.error();
        if (text_at(*service, {"spec", "type"}) == "ExternalName" && depth < 3) {
            return pods_of(reader, text_at(*service, {"spec", "externalName"}), port, client_pod, depth + 1,
                           stop);
        }
        std::vector<ServerPod> found;
        SU_TRY(add_from_slices(reader, name, port, found, stop));
        if (found.empty()) SU_TRY(add_from_selector(reader, *service, name, port, found, stop));
        std::stable_partition(found.begin(), found.end(),
                              [](const ServerPod& server) { return is_ready(server.pod); });
        if (!found.empty()) return found;
        return Error{
            Errc::not_found, "no running pod is behind Service " + name.name_space + "/" + name.service, {}};
    }
    return Error{Errc::not_found, "host " + printable(host) + " is no Service of this cluster", {}};
}

}  // namespace

bool is_running(const Json& pod) {
    return text_at(pod, {"status", "phase"}) == "Running" &&
           at_path(pod, {"metadata", "deletionTimestamp"}).is_null();
}

Result<std::vector<ServerPod>> pods_of_host(ClusterReader& reader, const std::string& host, int port,
                                            const Json& client_pod, std::stop_token stop) {
    return pods_of(reader, host, port, client_pod, 0, stop);
}

const Json* server_container(const Json& pod, int port) {
    const Json& containers = list_at(pod, {"spec", "containers"});
    for (const auto& container : containers) {
        if (is_postgres_image(text_at(container, {"image"}))) return &container;
    }
    for (const auto& container : containers) {
        for (const auto& variable : list_at(container, {"env"})) {
            const std::string name = text_at(variable, {"name"});
            if (name == "PGDATA" || name == "POSTGRES_USER" || name == "POSTGRESQL_USERNAME")
                return &container;
        }
    }
    for (const auto& container : containers) {
        for (const auto& open : list_at(container, {"ports"})) {
            if (int_at(open, {"containerPort"}) == port) return &container;
        }
    }
    return containers.empty() ? nullptr : &containers.front();
}

Result<std::string> workload_of(ClusterReader& reader, const Json& pod, std::stop_token stop) {
    const Json& owners = list_at(pod, {"metadata", "ownerReferences"});
    if (owners.empty()) return std::string();
    const std::string kind = text_at(owners[0], {"kind"});
    const std::string name = text_at(owners[0], {"name"});
    if (kind != "ReplicaSet") return kind + "/" + name;
    const auto set =
        reader.get(api_path("apps/v1", "replicasets", text_at(pod, {"metadata", "namespace"}), name), stop);
    if (!set) return set.error();
    const Json& above = list_at(*set, {"metadata", "ownerReferences"});
    if (above.empty()) return kind + "/" + name;
    return text_at(above[0], {"kind"}) + "/" + text_at(above[0], {"name"});
}

}  // namespace su
