// SPDX-License-Identifier: Apache-2.0
#include "report/run_sinks.hpp"
#include "report/validation.hpp"

#include <mutex>

namespace su {

namespace {

struct ToJson {
    Json operator()(const StepStarted& event) const {
        return {{"type", "step_started"}, {"step", event.id}, {"title", event.title}};
    }
    Json operator()(const StepFinished& event) const {
        return {{"type", "step_finished"},
                {"step", event.id},
                {"ok", event.ok},
                {"message", event.message},
                {"duration_ms", event.duration.count()}};
    }
    Json operator()(const StepProgress& event) const {
        return {{"type", "progress"},
                {"step", event.id},
                {"bytes", event.bytes},
                {"expected_bytes", event.expected}};
    }
    Json operator()(const WorkloadsChanged& event) const {
        Json rows = Json::array();
        for (const auto& row : event.rows) {
            rows.push_back({{"name", row.name},
                            {"state", row.state},
                            {"message", row.message},
                            {"trouble", row.trouble}});
        }
        return {{"type", "workloads"},
                {"workloads", std::move(rows)},
                {"since_start_ms", event.since_start.count()}};
    }
    Json operator()(const Note& event) const {
        return {{"type", "note"}, {"warning", event.is_warning}, {"text", event.text}};
    }
    Json operator()(const CauseFound& event) const {
        const Cause& cause = event.cause;
        return {{"type", "cause"},
                {"pod", cause.pod},
                {"container", cause.container},
                {"reason", cause.reason},
                {"message", cause.message},
                {"last_lines", cause.last_lines},
                {"previous_lines", cause.previous_lines},
                {"events", cause.events}};
    }
    Json operator()(const ChecksDone& event) const {
        return {{"type", "checks"}, {"checks", check_results_json(event.results)}};
    }
    Json operator()(const Outcome& event) const {
        return {{"type", "outcome"},
                {"exit_code", static_cast<int>(event.exit_code)},
                {"headline", event.headline},
                {"lines", event.lines},
                {"commands", event.commands}};
    }
};

class JsonSink : public EventSink {
  public:
    void on(const Event& event) override {
        const std::lock_guard lock(m_mutex);
        const std::string line = dump_json(to_json(event)) + "\n";
        std::fwrite(line.data(), 1, line.size(), stdout);
        std::fflush(stdout);
    }

  private:
    std::mutex m_mutex;
};

}  // namespace

Json to_json(const Event& event) {
    return std::visit(ToJson{}, event);
}

std::unique_ptr<EventSink> make_json_sink() {
    return std::make_unique<JsonSink>();
}

}  // namespace su
