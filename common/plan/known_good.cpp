// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.hpp"

#include <algorithm>

namespace su {

namespace {

const Record* record_of(const std::vector<Record>& records, int revision) {
    const auto found = std::find_if(records.rbegin(), records.rend(), [&](const Record& record) {
        return record.revision == revision && record.state != "captured";
    });
    return found == records.rend() ? nullptr : &*found;
}

bool says_failed(const Record& record) {
    static const std::vector<std::string> bad{"failed", "rolled-back", "needs-person", "kept", "running"};
    return std::find(bad.begin(), bad.end(), record.state) != bad.end();
}

/// helm writes "Rollback to N" as the description; such a revision is as good as N was.
bool is_good_status(const Release& release) {
    return release.status == "deployed" || release.status == "superseded";
}

}  // namespace

WayBack choose_known_good(const std::vector<Release>& history, const std::vector<Record>& records, int from) {
    WayBack way;
    for (auto release = history.rbegin(); release != history.rend(); ++release) {
        if (release->revision >= from) continue;
        const std::string name = "revision " + std::to_string(release->revision);
        const Record* record = record_of(records, release->revision);
        if (record != nullptr && says_failed(*record)) {
            way.skipped.push_back(name + ": our record says " + record->state +
                                  (record->message.empty() ? "" : " (" + record->message + ")"));
        } else if (!is_good_status(*release)) {
            way.skipped.push_back(name + ": its status in helm is " + release->status);
        } else {
            way.revision = release->revision;
            way.why = record != nullptr && record->state == "validated"
                          ? name + " was validated on " + record->finished_at
                          : name + " was deployed and nothing says that it failed";
            return way;
        }
    }
    return way;
}

}  // namespace su
