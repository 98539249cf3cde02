// SPDX-License-Identifier: Apache-2.0
// What a run tells while it goes on; plain values, rendered by report/ as text or JSON. The only header of
// steps/ that report/ may include.
#pragma once

#include "base/exit_code.hpp"
#include "checks/check.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace su {

struct StepStarted {
    std::string id;
    std::string title;
};
struct StepFinished {
    std::string id;
    bool ok = true;
    std::string message;
    std::chrono::milliseconds duration{0};
};
/// Long work; may come often.
struct StepProgress {
    std::string id;
    std::uint64_t bytes = 0;
    std::uint64_t expected = 0;  ///< 0: unknown
    double bytes_per_second = 0;
};
struct WorkloadRow {
    std::string name;     ///< "Deployment/photos-server"
    std::string state;    ///< health_name
    std::string message;  ///< "1 of 2 replicas are ready"
    std::string trouble;  ///< the worst pod's, empty when none
};
struct WorkloadsChanged {
    std::vector<WorkloadRow> rows;
    std::chrono::milliseconds since_start{0};
};
struct Note {
    bool is_warning = false;
    std::string text;
};
/// Why an upgrade failed, taken before anything is rolled back.
struct Cause {
    std::string pod;
    std::string container;
    std::string reason;
    std::string message;
    std::vector<std::string> last_lines;      ///< of the running or last container
    std::vector<std::string> previous_lines;  ///< of the one before
    std::vector<std::string> events;          ///< warning events of the pod
};
struct CauseFound {
    Cause cause;
};
struct ChecksDone {
    std::vector<CheckResult> results;
};
/// How a run ended; the last event.
struct Outcome {
    ExitCode exit_code = ExitCode::well;
    std::string headline;               ///< one sentence
    std::vector<std::string> lines;     ///< more sentences
    std::vector<std::string> commands;  ///< what to type next, complete
};

using Event = std::variant<StepStarted, StepFinished, StepProgress, WorkloadsChanged, Note, CauseFound,
                           ChecksDone, Outcome>;

/// Gets events in order, from one thread at a time (the engine serialises).
class EventSink {
  public:
    virtual ~EventSink() = default;
    virtual void on(const Event& event) = 0;
};

}  // namespace su
