// SPDX-License-Identifier: Apache-2.0
#include "steps/helm_steps.hpp"

#include "base/text.hpp"
#include "diff/mask.hpp"

#include <algorithm>
#include <future>
#include <thread>

namespace su {

namespace {

using HelmCall = std::function<Result<ProcessResult>(std::stop_token)>;

/// Runs helm beside the tracker. When the tracker ends first (a doomed pod while a hook still runs), helm is
/// told to stop and waited for, so that its release is not left pending.
Result<TrackEnd> run_and_track(const RunContext& context, const HelmCall& helm, TrackRequest request,
                               const std::function<Result<void>()>& after_helm) {
    std::stop_source helm_stop;
    const std::stop_callback forward(context.stop, [&] { helm_stop.request_stop(); });
    auto running = std::async(std::launch::async, [&] { return helm(helm_stop.get_token()); });
    std::optional<Error> helm_error;
    std::optional<bool> state;
    request.helm_state = [&]() -> std::optional<bool> {
        if (state || running.wait_for(std::chrono::seconds{0}) != std::future_status::ready) return state;
        auto result = running.get();
        if (!result) helm_error = result.error();
        if (result && !result->ok()) helm_error = Helm::explain(*result, "helm");
        if (!helm_error && after_helm) {
            if (auto done = after_helm(); !done) helm_error = done.error();
        }
        state = !helm_error.has_value();
        return state;
    };
    auto end = track(context, request);
    helm_stop.request_stop();
    if (!state) running.wait();
    if (end && end->kind == TrackEnd::Kind::helm_failed) {
        end->message = helm_error ? mask_text(helm_error->message) +
                                        (helm_error->hint.empty() ? "" : " (" + helm_error->hint + ")")
                                  : "helm failed";
        if (end->trouble)
            end->message += "; pod " + text_at(end->pod, {"metadata", "name"}) + ": " + end->trouble->reason;
    }
    return end;
}

}  // namespace

Result<TrackEnd> helm_upgrade_and_track(const RunContext& context, const UpgradeJob& job, LogFollower& logs) {
    SU_ASSIGN(const auto folder, TempDir::create());
    const fs::path values = folder.path() / "values.json";
    SU_TRY(write_file(values, dump_json(job.facts.rendered.config)));
    Helm::UpgradeCall call;
    call.release = job.options.release;
    call.chart = job.options.chart;
    call.passed_on = job.options.passed_on;
    call.values_file = values;
    call.timeout = job.options.timeout;
    TrackRequest request;
    request.release = job.facts.rendered;
    request.release.name = job.options.release;
    request.old_pods = pod_uids(job.facts.scope);
    request.timeout = job.options.timeout;
    request.on_scope = [&](const Scope& scope) { logs.update(scope); };
    return run_and_track(context, [&](std::stop_token stop) { return context.helm.upgrade(call, stop); },
                         request, {});
}

Result<TrackEnd> helm_rollback_and_track(const RunContext& context, const Facts& facts, int revision,
                                         std::chrono::milliseconds timeout, bool scaled_by_us,
                                         const std::function<Result<void>()>& after_helm) {
    SU_ASSIGN(const HelmVersion version, context.helm.version(context.stop));
    const auto target = std::find_if(facts.history.begin(), facts.history.end(),
                                     [&](const Release& release) { return release.revision == revision; });
    if (target == facts.history.end()) {
        return Error{Errc::not_found, "no revision " + std::to_string(revision), "helm safe-upgrade history"};
    }
    SU_ASSIGN(const Scope before,
              gather_scope(context.reader(), target->name, "", facts.history.back(), context.stop));
    TrackRequest request;
    request.release = *target;
    request.old_pods = pod_uids(before);
    request.timeout = timeout;
    const bool force = scaled_by_us && version.major >= 4;
    return run_and_track(
        context,
        [&](std::stop_token stop) {
            return context.helm.rollback(target->name, revision, false, force, timeout, stop);
        },
        request, after_helm);
}

}  // namespace su
