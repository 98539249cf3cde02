// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "plan/plan.hpp"

#include <algorithm>

namespace su {

const char* risk_name(RiskClass risk) {
    switch (risk) {
        case RiskClass::patch:
            return "patch";
        case RiskClass::minor:
            return "minor";
        case RiskClass::major:
            return "major";
        case RiskClass::irreversible:
            return "irreversible";
    }
    return "major";
}

namespace {

struct Assessment {
    Risk risk;
    void raise(RiskClass to, std::string why) {
        risk.risk_class = std::max(risk.risk_class, to);
        risk.evidence.push_back(std::move(why));
    }
};

void weigh_versions(Assessment& out, const std::string& what, const std::string& before,
                    const std::string& after) {
    if (before == after) return;
    const auto old_version = parse_semver(before);
    const auto new_version = parse_semver(after);
    const std::string change = what + " " + printable(before) + " -> " + printable(after);
    if (!old_version || !new_version) {
        out.raise(RiskClass::minor, change + " (not comparable as versions)");
    } else if (*new_version < *old_version) {
        out.raise(RiskClass::major, change + " is a downgrade");
    } else if (old_version->major != new_version->major) {
        out.raise(RiskClass::major, change);
    } else {
        out.raise(old_version->minor != new_version->minor ? RiskClass::minor : RiskClass::patch, change);
    }
}

std::string tag_of(const std::string& image) {
    const auto name_end = image.find('@');
    const std::string name = image.substr(0, name_end);
    const auto colon = name.rfind(':');
    return colon == std::string::npos || contains(name.substr(colon), "/") ? "" : name.substr(colon + 1);
}

void weigh_images(Assessment& out, const ManifestDiff& manifest) {
    for (const auto& change : manifest.images) {
        if (change.before.empty() || change.after.empty()) continue;
        const bool is_database = contains(change.after, "postgres") || contains(change.after, "mysql") ||
                                 contains(change.after, "mariadb") || contains(change.before, "postgres");
        const auto before = parse_semver(tag_of(change.before));
        const auto after = parse_semver(tag_of(change.after));
        const bool major = before && after && before->major != after->major;
        if (is_database && (major || !before || !after)) {
            out.raise(RiskClass::irreversible,
                      "database image of " + change.workload + ": " + change.before + " -> " + change.after);
        } else if (major) {
            out.raise(RiskClass::major,
                      "image of " + change.workload + ": " + change.before + " -> " + change.after);
        }
    }
}

}  // namespace

Risk assess_risk(const UpgradeOptions&, const Facts& facts, const ManifestDiff& manifest,
                 const std::vector<ValueFinding>& values) {
    Assessment out;
    weigh_versions(out, "chart", facts.current().chart_version, facts.rendered.chart_version);
    weigh_versions(out, "application", facts.current().app_version, facts.rendered.app_version);
    weigh_images(out, manifest);
    for (const auto& change : manifest.objects) {
        const std::string name = change.object_kind + "/" + change.name;
        if (change.kind == ObjectChange::Kind::removed && change.holds_data) {
            out.raise(RiskClass::irreversible, name + " holds data and would be deleted");
        }
    }
    for (const auto& finding : values) {
        if (finding.value_class == ValueClass::ignored || finding.value_class == ValueClass::dropped) {
            out.raise(RiskClass::minor, finding.path + ": " + finding.consequence);
        }
    }
    if (!facts.databases.databases.empty() && out.risk.risk_class >= RiskClass::minor) {
        out.risk.evidence.push_back("the application owns a database: a new version may migrate its schema");
    }
    if (out.risk.evidence.empty()) out.risk.evidence.emplace_back("no version, image or data object changes");
    return out.risk;
}

}  // namespace su
