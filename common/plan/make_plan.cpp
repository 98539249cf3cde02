// SPDX-License-Identifier: Apache-2.0
#include "base/digest.hpp"
#include "base/text.hpp"
#include "plan/plan.hpp"

#include <algorithm>
#include <set>

namespace su {

const Release& Facts::current() const {
    const auto deployed = std::find_if(history.rbegin(), history.rend(),
                                       [](const Release& release) { return release.status == "deployed"; });
    return deployed == history.rend() ? history.back() : *deployed;
}

namespace {

std::string chart_label(const Release& release) {
    return release.chart_name + "-" + release.chart_version;
}

bool goes_without(const UpgradeOptions& options, const std::string& id) {
    return std::find(options.without_backup.begin(), options.without_backup.end(), id) !=
           options.without_backup.end();
}

/// helm reuses the stored values when nothing is given and the stored ones exist (pkg/action/upgrade.go
/// reuseValues).
ValuesDiffInput values_input(const UpgradeOptions& options, const Facts& facts) {
    ValuesDiffInput input;
    input.old_defaults = at_path(facts.current().chart, {"values"});
    input.new_defaults = at_path(facts.rendered.chart, {"values"});
    input.stored_user_values = facts.current().config;
    input.given_user_values = facts.rendered.config;
    input.reuse_values = options.reuse_values;
    for (const auto& dependency : list_at(facts.rendered.chart, {"metadata", "dependencies"})) {
        const std::string alias = text_at(dependency, {"alias"});
        input.subcharts.push_back(alias.empty() ? text_at(dependency, {"name"}) : alias);
    }
    return input;
}

void plan_backups(const UpgradeOptions& options, const Facts& facts, Plan& plan) {
    for (const auto& db : facts.databases.databases) {
        const std::string store = db.name + " on " + (db.workload.empty() ? db.host : db.workload);
        if (goes_without(options, db.id)) {
            plan.without_backup.push_back(store + ": --without-backup " + db.id);
            continue;
        }
        plan.backups.push_back(
            {store, db.id, db.size_bytes,
             "pg_dump in pod " + db.exec_in.pod + ", every byte decoded, hashed in the pod and here (V3)"});
    }
    plan.backups.push_back(
        {"release " + plan.release, "release", 0, "values, manifest, raw release objects of all revisions"});
    for (const auto& problem : facts.databases.problems) {
        if (goes_without(options, "unreachable")) {
            plan.without_backup.push_back(problem.message + ": --without-backup unreachable");
        } else {
            plan.refused.push_back("a database cannot be backed up: " + problem.message);
        }
    }
}

/// Files in volumes have no copy yet; a volume that the upgrade deletes is refused unless the user goes
/// without, by name.
void plan_volumes(const UpgradeOptions& options, const Facts& facts, Plan& plan) {
    for (const auto& change : plan.manifest.objects) {
        const std::string name = change.object_kind + "/" + change.name;
        if (change.kind != ObjectChange::Kind::removed || !change.holds_data || goes_without(options, name))
            continue;
        plan.refused.push_back(
            name + " holds data, has no copy and would be deleted (to go without: --without-backup " + name +
            ")");
    }
    std::set<std::string> claims;
    for (const auto& pod : facts.scope.pods) {
        for (const auto& volume : list_at(pod, {"spec", "volumes"})) {
            const std::string claim = text_at(volume, {"persistentVolumeClaim", "claimName"});
            const bool of_database = std::any_of(
                facts.databases.databases.begin(), facts.databases.databases.end(), [&](const Database& db) {
                    return db.in_server_pod && db.exec_in.pod == text_at(pod, {"metadata", "name"});
                });
            if (!claim.empty() && !of_database) claims.insert(claim);
        }
    }
    for (const auto& claim : claims)
        plan.without_backup.push_back("files in volume claim " + claim + ": not copied");
}

void plan_steps(const UpgradeOptions& options, Plan& plan) {
    const auto add = [&](std::string id, std::string title, bool mutates, std::string undo) {
        plan.steps.push_back({std::move(id), std::move(title), mutates, std::move(undo)});
    };
    add("lease", "hold the Lease safe-upgrade." + plan.release + ", so that nobody else upgrades", true,
        "released at the end");
    add("backup",
        "copy " + plural(static_cast<std::int64_t>(plan.backups.size()), "store") + " and prove the copies",
        false, "");
    add("baseline", "count rows and note workloads, images and log errors; keep them in the cluster", true,
        "Secret safe-upgrade." + plan.release + ".rN, small, stays");
    add("upgrade", "helm upgrade to " + plan.to_chart + " and watch every pod", true,
        options.on_failure == OnFailure::rollback
            ? "helm rollback to revision " + std::to_string(plan.from_revision) +
                  "; with the backup when the schema has moved on"
            : "kept, as --on-failure asked");
    add("validate", "check workloads, database, row counts, web health and logs against the baseline", false,
        "");
    add("record", "write the outcome to the cluster and the journal", true, "");
}

void plan_refusals(const Facts& facts, Plan& plan) {
    for (const auto& result : facts.preflight) {
        if (result.verdict == Verdict::fail || result.verdict == Verdict::error) {
            plan.refused.push_back(result.id + ": " + result.message +
                                   (result.hint.empty() ? "" : " (" + result.hint + ")"));
        }
    }
}

void plan_notes(const Facts& facts, Plan& plan) {
    const auto from = parse_semver(facts.current().app_version);
    const auto to = parse_semver(facts.rendered.app_version);
    for (const auto& note : facts.profile.profile.notes) {
        const bool passes = from && to && in_range(*from, note.from) && in_range(*to, note.to);
        if (passes) plan.notes.push_back(note.severity + ": " + printable(note.text));
    }
}

/// A chart's own profile comes from whoever made the chart: what it would run is shown.
void plan_untrusted(const Profile& profile, Plan& plan) {
    if (profile.origin != ProfileOrigin::chart) return;
    for (const auto& check : profile.checks) {
        if (check.params.contains("command")) {
            plan.untrusted.push_back(check.id +
                                     " runs in a pod: " + printable(dump_json(check.params.at("command"))));
        }
    }
    for (const auto& database : profile.databases) {
        if (!database.schema_version_query.empty()) {
            plan.untrusted.push_back("in database " + printable(database.id) +
                                     ", read only: " + printable(database.schema_version_query));
        }
    }
}

std::string expected_downtime(const Plan& plan) {
    std::vector<std::string> restarted;
    for (const auto& change : plan.manifest.objects) {
        const bool changed = change.kind == ObjectChange::Kind::changed;
        if (changed && change.object_kind == "StatefulSet")
            restarted.push_back(change.object_kind + "/" + change.name);
    }
    if (restarted.empty()) return "none expected from rolling updates; a schema migration may hold requests";
    return "while " + join(restarted, ", ") + " restarts (one pod after another)";
}

}  // namespace

Result<Plan> make_plan(const UpgradeOptions& options, const Facts& facts) {
    Plan plan;
    plan.release = options.release;
    plan.name_space = facts.name_space;
    plan.from_revision = facts.history.back().revision;
    plan.from_chart = chart_label(facts.current());
    plan.to_chart = chart_label(facts.rendered);
    plan.from_app = facts.current().app_version;
    plan.to_app = facts.rendered.app_version;
    plan.profile = facts.profile.profile.name + " (" + facts.profile.profile.where + ")";
    plan.profile_evidence = facts.profile.evidence;
    plan.values = diff_values(values_input(options, facts));
    SU_ASSIGN(plan.manifest,
              diff_manifests(facts.current().manifest, facts.rendered.manifest, facts.name_space));
    plan.risk = assess_risk(options, facts, plan.manifest, plan.values);
    plan.preflight = facts.preflight;
    plan_notes(facts, plan);
    plan_untrusted(facts.profile.profile, plan);
    plan_refusals(facts, plan);
    plan_backups(options, facts, plan);
    plan_volumes(options, facts, plan);
    plan_steps(options, plan);
    plan.downtime = expected_downtime(plan);
    if (!facts.databases.databases.empty()) {
        plan.no_return.emplace_back(
            "the new version's first start: from then on its schema migrations count, and the way "
            "back is manifests and backup together");
    }
    plan.fingerprint = sha256_hex(facts.name_space + "\n" + facts.history.back().first_deployed + "\n" +
                                  std::to_string(plan.from_revision) + "\n" + plan.to_chart + "\n" +
                                  facts.rendered.manifest + "\n" + dump_json(facts.rendered.config));
    return plan;
}

}  // namespace su
