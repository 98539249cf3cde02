// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/store.hpp"
#include "cluster/release.hpp"

namespace su {

/// Saves user values (values.yaml), manifest (manifest.yaml) and the raw release objects of all revisions
/// (releases.json.gz), each read back, decoded and compared (V3). They hold secrets in clear: named in
/// secrets_in.
Result<void> save_helm_release(const std::vector<Release>& history, BackupFolder& folder);

}  // namespace su
