// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "checks/support.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace su {

namespace {

struct WorkloadKind {
    std::string_view kind;
    std::string_view api_version;
    std::string_view plural;
};
constexpr std::array<WorkloadKind, 4> k_workload_kinds{{
    {"Deployment", "apps/v1", "deployments"},
    {"StatefulSet", "apps/v1", "statefulsets"},
    {"DaemonSet", "apps/v1", "daemonsets"},
    {"Job", "batch/v1", "jobs"},
}};

/// One list call and what came of it.
struct Listing {
    std::string kind;  ///< "Pod" or a workload kind
    std::string path;
    Result<std::vector<Json>> items = std::vector<Json>{};
};

/// What a manifest says must be there: (kind, name, namespace) of its workloads.
struct Expected {
    std::string kind;
    std::string name;
    std::string name_space;
    bool may_vanish = false;  ///< a Job with a time to live
};

Result<std::vector<Expected>> expected_of(const Release& release, const std::string& name_space) {
    std::vector<Expected> expected;
    SU_ASSIGN(const auto objects, parse_yaml_all(release.manifest, "manifest of " + release.name));
    for (const Json& object : objects) {
        const std::string kind = text_at(object, {"kind"});
        const bool known = std::any_of(k_workload_kinds.begin(), k_workload_kinds.end(),
                                       [&](const WorkloadKind& row) { return row.kind == kind; });
        if (!known) continue;
        expected.push_back({kind, checks::name_of(object),
                            text_at(object, {"metadata", "namespace"}, name_space),
                            !at_path(object, {"spec", "ttlSecondsAfterFinished"}).is_null()});
    }
    return expected;
}

/// Only the kinds and namespaces that the manifest names: a right that is not needed is not asked for.
std::vector<Listing> listings_for(const std::vector<Expected>& expected, const std::string& name_space) {
    std::vector<Listing> out;
    std::set<std::string> spaces{name_space};
    for (const auto& item : expected) spaces.insert(item.name_space);
    for (const auto& space : spaces) {
        for (const auto& row : k_workload_kinds) {
            const bool wanted = std::any_of(expected.begin(), expected.end(), [&](const Expected& item) {
                return item.kind == row.kind && item.name_space == space;
            });
            if (wanted) out.push_back({std::string(row.kind), api_path(row.api_version, row.plural, space)});
        }
        out.push_back({"Pod", api_path("v1", "pods", space)});
    }
    return out;
}

std::vector<Listing> listings_for_all(const std::string& name_space) {
    std::vector<Listing> out;
    for (const auto& row : k_workload_kinds) {
        out.push_back({std::string(row.kind), api_path(row.api_version, row.plural, name_space)});
    }
    out.push_back({"Pod", api_path("v1", "pods", name_space)});
    return out;
}

Result<void> fetch(ClusterReader& reader, std::vector<Listing>& listings, const std::string& query,
                   std::stop_token stop) {
    checks::parallel_for(listings.size(), 6, [&](std::size_t i) {
        listings[i].items = reader.list(listings[i].path, query, stop);
    });
    for (const auto& listing : listings) {
        if (!listing.items) return listing.items.error();
    }
    return {};
}

bool is_expected(const std::vector<Expected>& expected, const Json& object) {
    return std::any_of(expected.begin(), expected.end(), [&](const Expected& item) {
        return item.kind == text_at(object, {"kind"}) && item.name == checks::name_of(object) &&
               item.name_space == text_at(object, {"metadata", "namespace"}, item.name_space);
    });
}

void note_missing(Scope& scope, const std::vector<Expected>& expected) {
    for (const auto& item : expected) {
        const bool there =
            std::any_of(scope.workloads.begin(), scope.workloads.end(), [&](const Json& workload) {
                return checks::identity_of(workload) == checks::Owner{item.kind, item.name};
            });
        if (!there && !item.may_vanish) scope.missing.push_back(item.kind + "/" + item.name);
    }
}

bool belongs(const Scope& scope, const Json& pod) {
    const auto owner = checks::owner_of(pod);
    return std::any_of(scope.workloads.begin(), scope.workloads.end(), [&](const Json& workload) {
        return checks::identity_of(workload) == owner &&
               text_at(workload, {"metadata", "namespace"}) == text_at(pod, {"metadata", "namespace"});
    });
}

}  // namespace

Result<Scope> gather_scope(ClusterReader& reader, const std::string& release, const std::string& selector,
                           std::optional<Release> current, std::stop_token stop) {
    Scope scope;
    scope.release = release;
    scope.name_space = reader.name_space();
    scope.selector = selector;
    scope.current = std::move(current);
    std::vector<Expected> expected;
    if (scope.current) {
        SU_ASSIGN(expected, expected_of(*scope.current, scope.name_space));
    }
    const bool by_selector = !scope.current;
    auto listings =
        by_selector ? listings_for_all(scope.name_space) : listings_for(expected, scope.name_space);
    const std::string query = by_selector && !selector.empty() ? "labelSelector=" + url_encode(selector) : "";
    SU_TRY(fetch(reader, listings, query, stop));
    for (const auto& listing : listings) {
        if (listing.kind == "Pod") continue;
        for (const Json& object : *listing.items) {
            if (by_selector || is_expected(expected, object)) scope.workloads.push_back(object);
        }
    }
    note_missing(scope, expected);
    for (const auto& listing : listings) {
        if (listing.kind != "Pod") continue;
        for (const Json& pod : *listing.items) {
            if (by_selector || belongs(scope, pod)) scope.pods.push_back(pod);
        }
    }
    return scope;
}

}  // namespace su
