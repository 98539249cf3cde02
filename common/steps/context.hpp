// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cluster/cluster.hpp"
#include "cluster/helm.hpp"
#include "plan/plan.hpp"
#include "steps/event.hpp"
#include "steps/journal.hpp"

#include <functional>

namespace su {

/// What every run needs; all referenced things outlive it.
struct RunContext {
    ClusterWriter& writer;
    Helm& helm;
    ReleaseDriver driver;
    EventSink& sink;
    Journal& journal;
    std::stop_token stop;       ///< first Ctrl-C: no new step starts, the present one resolves
    std::stop_token abort;      ///< second Ctrl-C: the way back is not waited for either
    std::string command_flags;  ///< " -n NS --kube-context X", for commands shown to the person
    std::string by;             ///< who_am_i()
    std::string program;        ///< "safe-upgrade 0.1.0"
    std::function<bool(const std::string&)> ask;  ///< a yes/no question on the terminal; absent: no terminal

    [[nodiscard]] ClusterReader& reader() const { return writer.reader(); }
    void note(const std::string& text, bool is_warning = false) const { sink.on(Note{is_warning, text}); }
};

/// Runs `body` between StepStarted and StepFinished; `body` returns Result<std::string> (what to say when it
/// is done).
template <class Body>
Result<void> run_step(const RunContext& context, const std::string& id, const std::string& title, Body body) {
    const auto started = std::chrono::steady_clock::now();
    context.sink.on(StepStarted{id, title});
    Result<std::string> result = body();
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
    context.sink.on(StepFinished{id, result.has_value(), result ? *result : result.error().message, took});
    if (!result) return result.error();
    return {};
}

}  // namespace su
