// SPDX-License-Identifier: Apache-2.0
// Connection strings as applications have them in their environment. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace su {

/// A password is never kept here: the tools take it inside the pod.
struct DatabaseAddress {
    std::string host;  ///< empty or starting with '/': a local socket
    int port = 5432;
    std::string user;
    std::string name;
    bool has_password = false;
};

/// postgres://user:pw@host:port/db?x=y, postgresql+driver://, jdbc:postgresql://, postgis://, and libpq's
/// "host=a dbname=b". Of several hosts the first. Nothing when it is no PostgreSQL address.
std::optional<DatabaseAddress> parse_database_url(std::string_view text);

/// Where a host name may lead inside the cluster, likeliest first.
struct ServiceName {
    std::string service;
    std::string name_space;
    std::string pod;  ///< of a pod's own DNS name "pod.service.namespace"
};
std::vector<ServiceName> service_names(std::string_view host, const std::string& name_space);

/// "ghcr.io/cloudnative-pg/postgresql:16" yes; an exporter, pooler or backup image of it no.
bool is_postgres_image(std::string_view image);

}  // namespace su
