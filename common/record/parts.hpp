// SPDX-License-Identifier: Apache-2.0
// How a record lies in Secrets; shared only inside record/.
#pragma once

#include "record/record.hpp"

namespace su {

/// "safe-upgrade.RELEASE.rN", and "safe-upgrade.RELEASE.captured" for what `capture` took outside a run.
std::string record_name(const Record& record);
/// The first part carries the record's own name, the next ".1", ".2" ...
std::string part_name(const std::string& name, std::size_t part);
/// A release's name as a label's value.
std::string label_value(const std::string& text);
/// Joins parts and decodes. Error: corrupt, with the Secret's name.
Result<std::vector<Record>> assemble_records(const std::vector<Json>& secrets);

}  // namespace su
