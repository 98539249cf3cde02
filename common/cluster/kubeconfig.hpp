// SPDX-License-Identifier: Apache-2.0
// Private to cluster/: the little that we must know of the user's kubeconfig ourselves; kubectl does the
// rest.
#pragma once

#include "base/result.hpp"
#include "cluster/target.hpp"

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace su {

/// The flags of `target` for any kubectl command; never the token.
std::vector<std::string> kubectl_flags(const ClusterTarget& target);

/// The namespace of the chosen context, as kubectl would take it; "default" when none is named. Reads files
/// only.
std::string context_namespace(const ClusterTarget& target);

/// Writes a 0600 kubeconfig into `folder` that is the chosen context with target.token in place of its login.
Result<std::filesystem::path> write_token_kubeconfig(const ClusterTarget& target,
                                                     const std::filesystem::path& folder,
                                                     std::stop_token stop);

}  // namespace su
