// SPDX-License-Identifier: Apache-2.0
// The check kinds as the registry has them, so that profile/ is tested without checks/.
#pragma once

#include "profile/profile.hpp"

inline std::vector<su::CheckKindKeys> check_kinds_for_tests() {
    return {
        {"workloads_ready", {"stable-for"}, {}, false},
        {"images", {}, {}, false},
        {"restarts", {"max"}, {}, false},
        {"pvc_bound", {}, {}, false},
        {"database", {}, {}, false},
        {"row_counts", {}, {}, false},
        {"http",
         {"service", "port", "path", "status", "body-contains", "json-path", "equals", "component"},
         {"path"},
         false},
        {"cache_folder", {"component", "container", "path", "min-files"}, {"path"}, false},
        {"log_errors", {"max", "ignore", "tail"}, {}, false},
        {"script", {"script", "args"}, {"script"}, true},
    };
}
