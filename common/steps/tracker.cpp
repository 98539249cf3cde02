// SPDX-License-Identifier: Apache-2.0
#include "steps/tracker.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>

namespace su {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds k_look_every{300};
/// ErrImagePull and friends may be a hiccup of the registry; staying so for this long they are not. The
/// promise is to name a doomed pod at most 10 s after its status shows it.
constexpr std::chrono::seconds k_trouble_grace{5};

/// A program that starts before its database is there exits and is restarted: its crash is not judged while a
/// StatefulSet beside it is still on its way, but for no longer than this.
constexpr std::chrono::seconds k_dependency_grace{60};

bool stays_bad(const PodTrouble& trouble) {
    static const std::vector<std::string> reasons{
        "ErrImagePull", "RunContainerError", "CreateContainerError", "ErrImageNeverPull",
        "Error",        "OOMKilled"};
    return std::find(reasons.begin(), reasons.end(), trouble.reason) != reasons.end();
}

std::string describe(const PodTrouble& trouble, const Json& pod) {
    std::string text = "pod " + text_at(pod, {"metadata", "name"}) + ": " + trouble.reason;
    if (!trouble.container.empty()) text += " in container " + trouble.container;
    if (trouble.exit_code) text += " (exit code " + std::to_string(*trouble.exit_code) + ")";
    return text;
}

class Look {
  public:
    Look(const RunContext& context, const TrackRequest& request) : m_context(context), m_request(request) {}

    /// One look; an end when there is one.
    Result<std::optional<TrackEnd>> take() {
        SU_ASSIGN(const Scope scope, gather_scope(m_context.reader(), m_request.release.name, "",
                                                  m_request.release, m_context.stop));
        if (m_request.on_scope) m_request.on_scope(scope);
        std::vector<WorkloadRow> rows;
        bool all_well = scope.missing.empty();
        for (const auto& name : scope.missing)
            rows.push_back({name, "missing", "not in the cluster yet", ""});
        for (const auto& workload : scope.workloads) {
            const auto health = compute_health(workload);
            const std::string name =
                text_at(workload, {"kind"}) + "/" + text_at(workload, {"metadata", "name"});
            rows.push_back({name, health_name(health.status), health.message, ""});
            all_well = all_well && health.status == Health::current;
        }
        auto doomed = judge_pods(scope, rows);
        tell(std::move(rows));
        if (doomed) return doomed;
        const auto helm = m_request.helm_state();
        if (helm && !*helm)
            return std::optional(TrackEnd{TrackEnd::Kind::helm_failed, m_worst_pod, m_worst, ""});
        if (helm && all_well) return std::optional(TrackEnd{});
        return std::optional<TrackEnd>{};
    }

    TrackEnd end_with(TrackEnd::Kind kind, std::string message) const {
        return {kind, m_worst_pod, m_worst, std::move(message)};
    }
    [[nodiscard]] const std::vector<WorkloadRow>& rows() const { return m_rows; }

  private:
    std::optional<TrackEnd> judge_pods(const Scope& scope, std::vector<WorkloadRow>& rows) {
        m_worst.reset();
        m_worst_pod = nullptr;
        for (const auto& pod : scope.pods) {
            const std::string uid = text_at(pod, {"metadata", "uid"});
            if (m_request.old_pods.contains(uid) || pod.at("metadata").contains("deletionTimestamp"))
                continue;
            auto trouble = pod_trouble(pod, now());
            if (!trouble) {
                m_since.erase(uid);
                continue;
            }
            const auto since = m_since.emplace(uid, Clock::now()).first->second;
            trouble->doomed =
                trouble->doomed || (stays_bad(*trouble) && Clock::now() - since > k_trouble_grace);
            if (may_wait_for_others(*trouble, rows, pod) && Clock::now() - since < k_dependency_grace)
                trouble->doomed = false;
            mark_row(rows, pod, *trouble);
            if (!m_worst || trouble->doomed) {
                m_worst = trouble;
                m_worst_pod = pod;
            }
            if (trouble->doomed)
                return TrackEnd{TrackEnd::Kind::doomed, pod, trouble, describe(*trouble, pod)};
        }
        return {};
    }

    static bool may_wait_for_others(const PodTrouble& trouble, const std::vector<WorkloadRow>& rows,
                                    const Json& pod) {
        if (trouble.reason != "CrashLoopBackOff" && trouble.reason != "Error") return false;
        const std::string pod_name = text_at(pod, {"metadata", "name"});
        return std::any_of(rows.begin(), rows.end(), [&](const WorkloadRow& row) {
            const bool own = pod_name.starts_with(row.name.substr(row.name.find('/') + 1) + "-");
            return !own && row.name.starts_with("StatefulSet/") && row.state != health_name(Health::current);
        });
    }

    static void mark_row(std::vector<WorkloadRow>& rows, const Json& pod, const PodTrouble& trouble) {
        const std::string pod_name = text_at(pod, {"metadata", "name"});
        for (auto& row : rows) {
            const std::string name = row.name.substr(row.name.find('/') + 1);
            if (pod_name.starts_with(name + "-")) row.trouble = describe(trouble, pod);
        }
    }

    void tell(std::vector<WorkloadRow> rows) {
        const auto same = [](const WorkloadRow& a, const WorkloadRow& b) {
            return a.name == b.name && a.state == b.state && a.message == b.message && a.trouble == b.trouble;
        };
        if (std::equal(rows.begin(), rows.end(), m_rows.begin(), m_rows.end(), same)) return;
        m_rows = std::move(rows);
        m_context.sink.on(WorkloadsChanged{
            m_rows, std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - m_started)});
    }

    const RunContext& m_context;
    const TrackRequest& m_request;
    Clock::time_point m_started = Clock::now();
    std::map<std::string, Clock::time_point> m_since;  ///< pod uid -> since when it has trouble, on our clock
    std::vector<WorkloadRow> m_rows;
    std::optional<PodTrouble> m_worst;
    Json m_worst_pod;
};

void pause(std::chrono::milliseconds time, std::stop_token stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait_for(lock, stop, time, [] { return false; });
}

std::string not_ready(const std::vector<WorkloadRow>& rows) {
    std::vector<std::string> parts;
    for (const auto& row : rows) {
        if (row.state != health_name(Health::current)) parts.push_back(row.name + ": " + row.message);
    }
    return join(parts, "; ");
}

}  // namespace

std::set<std::string> pod_uids(const Scope& scope) {
    std::set<std::string> uids;
    for (const auto& pod : scope.pods) uids.insert(text_at(pod, {"metadata", "uid"}));
    return uids;
}

Result<TrackEnd> track(const RunContext& context, const TrackRequest& request) {
    Look look(context, request);
    const auto deadline = Clock::now() + request.timeout;
    int failures = 0;
    while (true) {
        if (context.stop.stop_requested()) return look.end_with(TrackEnd::Kind::cancelled, "interrupted");
        const auto began = Clock::now();
        auto end = look.take();
        if (end && *end) return std::move(**end);
        // a few failed looks are a hiccup of the API server (or an upgrade of it); a minute of them is not
        failures = end ? 0 : failures + 1;
        if (!end && end.error().code != Errc::cancelled && failures > 20) {
            return end.error().context("cannot watch the workloads");
        }
        if (Clock::now() >= deadline) {
            return look.end_with(
                TrackEnd::Kind::timed_out,
                "not ready within " + human_duration(request.timeout) + ": " + not_ready(look.rows()));
        }
        const auto cost = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
        pause(std::max(k_look_every, cost * 3), context.stop);
    }
}

}  // namespace su
