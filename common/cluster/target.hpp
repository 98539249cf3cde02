// SPDX-License-Identifier: Apache-2.0
// Which cluster, as whom: the flags that helm hands to its plugins as HELM_KUBE* and that kubectl must get
// too.
#pragma once

#include <string>
#include <vector>

namespace su {

struct ClusterTarget {
    std::string kubectl = "kubectl";  ///< program; $SAFE_UPGRADE_KUBECTL or --kubectl
    std::string kubeconfig;           ///< file, or empty for kubectl's own search
    std::string context;
    std::string name_space;  ///< resolved by the front end; never empty once connected
    std::string api_server;
    std::string token;  ///< secret: never in an argv; goes by a 0600 kubeconfig (see Connection)
    std::string as_user;
    std::vector<std::string> as_groups;
    std::string ca_file;
    std::string tls_server_name;
    bool insecure_skip_tls_verify = false;
};

}  // namespace su
