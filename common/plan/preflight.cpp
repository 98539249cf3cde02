// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "plan/facts.hpp"
#include "plan/plan.hpp"

#include <algorithm>
#include <functional>
#include <future>

namespace su {

namespace {

using Task = std::function<std::vector<PreflightResult>()>;

PreflightResult could_not_look(const std::string& id, const Error& error) {
    return {id, Verdict::error, error.message, error.hint};
}

/// Every verb that the run and its way back need, asked of the cluster itself (SelfSubjectAccessReview).
struct Right {
    const char* verb;
    const char* group;
    const char* resource;
    const char* subresource;
    const char* why;
};
constexpr Right k_rights[] = {
    {"create", "", "pods", "exec", "dump and count the database"},
    {"get", "", "pods", "exec", "dump and count the database: exec by WebSocket is a GET"},
    {"get", "", "services", "proxy", "look at the web health"},
    {"get", "", "pods", "log", "read logs"},
    {"create", "", "secrets", "", "keep the baseline and the record"},
    {"update", "", "secrets", "", "keep the baseline and the record"},
    {"create", "coordination.k8s.io", "leases", "", "lock the release"},
    {"update", "coordination.k8s.io", "leases", "", "hold the lock"},
    {"patch", "apps", "deployments", "", "upgrade, stop and start workloads"},
    {"patch", "apps", "statefulsets", "", "upgrade, stop and start workloads"},
};

std::vector<PreflightResult> check_rights(ClusterReader& reader, std::stop_token stop) {
    std::vector<std::string> missing;
    for (const auto& right : k_rights) {
        const Json attributes{{"namespace", reader.name_space()},
                              {"verb", right.verb},
                              {"group", right.group},
                              {"resource", right.resource},
                              {"subresource", right.subresource}};
        const auto answer = reader.review("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                                          {{"apiVersion", "authorization.k8s.io/v1"},
                                           {"kind", "SelfSubjectAccessReview"},
                                           {"spec", {{"resourceAttributes", attributes}}}},
                                          stop);
        if (!answer) return {could_not_look("rights", answer.error())};
        if (!bool_at(*answer, {"status", "allowed"})) {
            const std::string resource =
                std::string(right.resource) + (*right.subresource ? "/" : "") + right.subresource;
            missing.push_back(std::string(right.verb) + " " + resource + " (to " + right.why + ")");
        }
    }
    if (!missing.empty()) {
        return {{"rights", Verdict::fail, "this user may not " + join(missing, ", "),
                 "ask for a Role as in docs/install.md, or run as another user"}};
    }
    return {
        {"rights", Verdict::pass, plural(std::size(k_rights), "right") + " there, for the way back too", ""}};
}

std::vector<PreflightResult> check_lease(ClusterReader& reader, const UpgradeOptions& options,
                                         std::stop_token stop) {
    const auto lease = reader.get(
        api_path("coordination.k8s.io/v1", "leases", reader.name_space(), "safe-upgrade." + options.release),
        stop);
    if (!lease && lease.error().code == Errc::not_found)
        return {{"lease", Verdict::pass, "nobody else is upgrading", ""}};
    if (!lease) return {could_not_look("lease", lease.error())};
    const std::string holder = text_at(*lease, {"spec", "holderIdentity"});
    if (holder.empty()) return {{"lease", Verdict::pass, "nobody else is upgrading", ""}};
    // whether the holder lives is judged by renewals on our own clock when the Lease is taken
    // (steps/lease.cpp)
    return {{"lease", Verdict::warn, "held by " + printable(holder), "a run that is alive refuses this one"}};
}

std::vector<PreflightResult> check_database(ClusterReader& reader, const Database& db, std::stop_token stop) {
    std::vector<PreflightResult> out;
    const std::string where = db.name + " (PostgreSQL " + db.server_version + ") in pod " + db.exec_in.pod;
    out.push_back({"database", Verdict::pass, where + ", " + human_bytes(db.size_bytes), ""});
    std::vector<std::string> unknown;
    if (const auto way_back = can_restore(reader, db, stop, &unknown); !way_back) {
        const bool looked = way_back.error().code == Errc::forbidden ||
                            way_back.error().code == Errc::no_space ||
                            way_back.error().code == Errc::unsupported;
        out.push_back({"way-back", looked ? Verdict::fail : Verdict::error,
                       db.name + " could not be put back: " + way_back.error().message,
                       way_back.error().hint});
    } else if (!unknown.empty()) {
        out.push_back({"way-back", Verdict::warn,
                       "a backup of " + db.name + " can be put back, but " + join(unknown, "; "), ""});
    } else {
        out.push_back({"way-back", Verdict::pass,
                       "a backup of " + db.name + " could be put back (rights and room)", ""});
    }
    return out;
}

/// A dump packs to well under a third of the database's size on disk; less free room than that cannot work.
std::vector<PreflightResult> check_room(const Facts& facts, const UpgradeOptions& options) {
    std::uint64_t needed = 16ULL << 20;
    for (const auto& db : facts.databases.databases) needed += db.size_bytes / 4;
    const std::string have =
        human_bytes(facts.backup_free_bytes) + " free in " + options.backup_root.string();
    if (facts.backup_free_bytes < needed) {
        return {{"disk", Verdict::fail, have + ", about " + human_bytes(needed) + " needed",
                 "free some, or give another folder with --backup-dir"}};
    }
    return {{"disk", Verdict::pass, have, ""}};
}

std::vector<PreflightResult> check_volumes(ClusterReader& reader, std::stop_token stop, const Facts& facts) {
    const auto claims = reader.list(api_path("v1", "persistentvolumeclaims", reader.name_space()), "", stop);
    if (!claims) return {could_not_look("volumes", claims.error())};
    std::vector<std::string> unbound;
    std::int64_t seen = 0;
    for (const auto& claim : *claims) {
        const bool ours =
            text_at(claim, {"metadata", "labels", "app.kubernetes.io/instance"}) == facts.current().name;
        seen += ours ? 1 : 0;
        if (ours && text_at(claim, {"status", "phase"}) != "Bound")
            unbound.push_back(text_at(claim, {"metadata", "name"}));
    }
    if (!unbound.empty())
        return {{"volumes", Verdict::fail, "not bound: " + join(unbound, ", "), "kubectl describe pvc"}};
    return {{"volumes", Verdict::pass,
             seen == 0 ? "no volume claims" : plural(seen, "volume claim") + " bound", ""}};
}

/// What was tried: helm 3.17 to 4.3 (knowledge of flags and plugin environment), Kubernetes from 1.30 on for
/// exec by WebSocket v5.
PreflightResult check_tools(const Facts& facts) {
    const auto cluster = parse_semver(facts.cluster_version);
    const std::string both = "helm " + facts.helm.text + ", Kubernetes " + printable(facts.cluster_version);
    if (!cluster)
        return {"tools", Verdict::error, both + ": the cluster's version cannot be read", "kubectl version"};
    if (facts.helm.major < 3 || (facts.helm.major == 3 && facts.helm.minor < 17)) {
        return {"tools", Verdict::fail, both + ": helm is older than 3.17", "use a newer helm"};
    }
    if (*cluster < Semver{1, 30, 0}) {
        return {"tools", Verdict::warn, both + ": older than 1.30, which was not tried",
                "exec needs WebSocket v5"};
    }
    return {"tools", Verdict::pass, both, ""};
}

std::vector<PreflightResult> check_now(const Facts& facts) {
    std::vector<PreflightResult> out{check_tools(facts)};
    const auto& last = facts.history.back();
    out.push_back({"release", last.status == "deployed" ? Verdict::pass : Verdict::warn,
                   "revision " + std::to_string(last.revision) + " is " + last.status,
                   last.status == "deployed" ? "" : "the way back goes to a revision that was good"});
    const auto way = choose_known_good(facts.history, facts.records, last.revision + 1);
    if (way.revision == 0) {
        out.push_back({"known-good", Verdict::warn, "no revision is known to be good",
                       "there would be no way back by helm"});
    } else {
        out.push_back({"known-good", Verdict::pass, way.why, ""});
    }
    return out;
}

}  // namespace

std::vector<PreflightResult> run_preflight(ClusterReader& reader, const Facts& facts,
                                           const UpgradeOptions& options, std::stop_token stop) {
    std::vector<Task> tasks;
    tasks.emplace_back([&] { return check_now(facts); });
    tasks.emplace_back([&] { return check_rights(reader, stop); });
    tasks.emplace_back([&] { return check_lease(reader, options, stop); });
    tasks.emplace_back([&] { return check_volumes(reader, stop, facts); });
    for (const auto& db : facts.databases.databases) {
        tasks.emplace_back([&] { return check_database(reader, db, stop); });
    }
    tasks.emplace_back([&] { return check_room(facts, options); });

    std::vector<std::future<std::vector<PreflightResult>>> running;
    for (const auto& task : tasks) running.push_back(std::async(std::launch::async, task));
    std::vector<PreflightResult> results;
    for (auto& task : running) {
        auto part = task.get();
        results.insert(results.end(), part.begin(), part.end());
    }
    if (facts.databases.databases.empty() && facts.databases.problems.empty()) {
        results.push_back({"database", Verdict::warn,
                           "no database was found: only the release itself will be backed up",
                           "name it in a profile when there is one (--profile)"});
    }
    return results;
}

}  // namespace su
