// SPDX-License-Identifier: Apache-2.0
#include "checks/kinds/kinds.hpp"

#include <algorithm>

namespace su {

/// In the order in which a report shows them.
const std::vector<CheckKind>& check_kinds() {
    static const std::vector<CheckKind> kinds{
        {"workloads_ready",
         "every workload is complete, its pods ready and stable",
         {"stable-for"},
         {},
         false,
         checks::workloads_ready},
        {"images",
         "pods run the images that their workloads and the release ask for",
         {},
         {},
         false,
         checks::images},
        {"restarts", "containers restarted since the deploy", {"max"}, {}, false, checks::restarts},
        {"pvc_bound", "volume claims exist and are bound", {}, {}, false, checks::pvc_bound},
        {"database", "each database answers a query", {}, {}, false, checks::database},
        {"row_counts",
         "exact row counts of all tables against the baseline",
         {},
         {},
         false,
         checks::row_counts},
        {"http",
         "a request through the API server's proxy: status, body, JSON value",
         {"service", "component", "port", "scheme", "path", "status", "body-contains", "json-path", "equals"},
         {"path"},
         false,
         checks::http},
        {"cache_folder",
         "a folder in a component's pod can be read",
         {"component", "container", "path", "min-files"},
         {"path"},
         false,
         checks::cache_folder},
        {"log_errors",
         "error lines since the deploy, and kinds of errors that the baseline did not have",
         {"max", "ignore", "tail"},
         {},
         false,
         checks::log_errors},
    };
    return kinds;
}

std::vector<CheckKindKeys> check_kind_keys() {
    std::vector<CheckKindKeys> keys;
    for (const auto& kind : check_kinds()) {
        keys.push_back({std::string(kind.name), kind.keys, kind.required_keys, kind.runs_command});
    }
    return keys;
}

namespace {

CheckSpec standard_spec(const std::string& kind) {
    CheckSpec spec;
    spec.kind = kind;
    spec.id = kind;
    spec.params = Json::object();
    spec.where = "every application";
    // as in the guides: an application that logs errors but serves its data is a warning
    spec.fail_is_warning = kind == "log_errors";
    return spec;
}

std::size_t rank_of(const CheckSpec& spec) {
    const auto& kinds = check_kinds();
    const auto row = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const CheckKind& kind) { return kind.name == spec.kind; });
    return static_cast<std::size_t>(row - kinds.begin());
}

}  // namespace

std::vector<CheckSpec> checks_for(const Profile& profile) {
    std::vector<CheckSpec> specs = profile.checks;
    for (const auto* kind :
         {"workloads_ready", "images", "restarts", "pvc_bound", "database", "row_counts", "log_errors"}) {
        const bool has =
            std::any_of(specs.begin(), specs.end(), [&](const CheckSpec& spec) { return spec.kind == kind; });
        if (!has) specs.push_back(standard_spec(kind));
    }
    std::stable_sort(specs.begin(), specs.end(),
                     [](const CheckSpec& a, const CheckSpec& b) { return rank_of(a) < rank_of(b); });
    return specs;
}

}  // namespace su
