// SPDX-License-Identifier: Apache-2.0
#include "steps/writers.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <thread>

namespace su {

namespace {

constexpr std::chrono::minutes k_wait{2};

std::string scale_path(const RunContext& context, const std::string& kind, const std::string& name) {
    return api_path("apps/v1", plural_of(kind), context.reader().name_space(), name);
}

bool serves_a_database(const Facts& facts, const std::string& workload) {
    return std::any_of(facts.databases.databases.begin(), facts.databases.databases.end(),
                       [&](const Database& db) { return db.workload == workload; });
}

Result<bool> is_empty(const RunContext& context, const StoppedWorkload& workload) {
    SU_ASSIGN(const Json live,
              context.reader().get(scale_path(context, workload.kind, workload.name), context.stop));
    return int_at(live, {"status", "replicas"}) == 0 &&
           int_at(live, {"status", "observedGeneration"}) >= int_at(live, {"metadata", "generation"});
}

/// status.replicas leaves out pods that are still terminating: those can still write.
Result<bool> has_pods(const RunContext& context, const Facts& facts,
                      const std::vector<StoppedWorkload>& stopped) {
    SU_ASSIGN(const Scope scope,
              gather_scope(context.reader(), facts.current().name, "", facts.current(), context.stop));
    for (const auto& pod : scope.pods) {
        const std::string name = text_at(pod, {"metadata", "name"});
        const std::string phase = text_at(pod, {"status", "phase"});
        const bool ours = std::any_of(stopped.begin(), stopped.end(), [&](const StoppedWorkload& workload) {
            return name.starts_with(workload.name + "-");
        });
        const bool server =
            std::any_of(facts.databases.databases.begin(), facts.databases.databases.end(),
                        [&](const Database& db) { return db.in_server_pod && db.exec_in.pod == name; });
        if (ours && !server && phase != "Succeeded" && phase != "Failed") return true;
    }
    return false;
}

}  // namespace

Result<void> stop_writers(const RunContext& context, const Facts& facts,
                          std::vector<StoppedWorkload>& stopped) {
    Json list = Json::array();
    std::vector<StoppedWorkload> wanted;
    for (const auto& workload : facts.scope.workloads) {
        const std::string kind = text_at(workload, {"kind"});
        const std::string name = text_at(workload, {"metadata", "name"});
        if ((kind != "Deployment" && kind != "StatefulSet") || serves_a_database(facts, kind + "/" + name))
            continue;
        const int replicas = static_cast<int>(int_at(workload, {"spec", "replicas"}, 1));
        if (replicas == 0) continue;
        wanted.push_back({kind, name, replicas});
        list.push_back({{"kind", kind}, {"name", name}, {"replicas", replicas}});
    }
    SU_TRY(context.journal.write("stop-writers", {{"workloads", list}}));
    for (const auto& workload : wanted) {
        stopped.push_back(workload);
        auto done = context.writer.patch(scale_path(context, workload.kind, workload.name),
                                         {{"spec", {{"replicas", 0}}}}, context.stop);
        if (!done) return done.error().context("cannot stop " + workload.kind + "/" + workload.name);
    }
    const auto deadline = std::chrono::steady_clock::now() + k_wait;
    while (true) {
        bool empty = true;
        for (const auto& workload : wanted) {
            SU_ASSIGN(const bool gone, is_empty(context, workload));
            empty = empty && gone;
        }
        if (empty) {
            SU_ASSIGN(const bool left, has_pods(context, facts, wanted));
            if (!left) return {};
        }
        if (context.stop.stop_requested()) return Error{Errc::cancelled, "interrupted", {}};
        if (std::chrono::steady_clock::now() > deadline) {
            return Error{
                Errc::timed_out, "the application's pods did not end within " + human_duration(k_wait), {}};
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{200});
    }
}

Result<void> start_writers(const RunContext& context, const std::vector<StoppedWorkload>& stopped) {
    std::vector<std::string> failed;
    for (const auto& workload : stopped) {
        const std::string path = scale_path(context, workload.kind, workload.name);
        const auto live = context.reader().get(path, context.abort);
        if (!live && live.error().code == Errc::not_found)
            continue;  // the revision gone back to has no such workload
        if (live && int_at(*live, {"spec", "replicas"}, 1) != 0) continue;
        const Json replicas{{"spec", {{"replicas", workload.replicas}}}};
        const auto done = live ? context.writer.patch(path, replicas, context.abort) : live;
        if (!done) failed.push_back(workload.kind + "/" + workload.name + ": " + done.error().message);
    }
    if (failed.empty()) return {};
    return Error{Errc::tool_failed, "cannot start " + join(failed, "; "), {}};
}

}  // namespace su
