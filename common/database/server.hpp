// SPDX-License-Identifier: Apache-2.0
// From a host name to the running pods of a PostgreSQL server, and from a pod to its workload.
#pragma once

#include "cluster/cluster.hpp"

#include <string>
#include <vector>

namespace su {

struct ServerPod {
    Json pod;
    int port = 5432;  ///< on which the container listens (a Service may map it)
};

/// Running pods behind `host` as `client_pod` sees it, ready ones first. Errors: not_found (no such Service,
/// or nobody behind it), those of reading.
Result<std::vector<ServerPod>> pods_of_host(ClusterReader& reader, const std::string& host, int port,
                                            const Json& client_pod, std::stop_token stop);

/// The container of a pod that is most likely the server; null when the pod has none.
const Json* server_container(const Json& pod, int port);

/// "StatefulSet/photos-db"; through a ReplicaSet to its Deployment; empty for a bare pod.
Result<std::string> workload_of(ClusterReader& reader, const Json& pod, std::stop_token stop);

[[nodiscard]] bool is_running(const Json& pod);

}  // namespace su
