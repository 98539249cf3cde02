// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "report/run_sinks.hpp"
#include "report/validation.hpp"

#include <algorithm>
#include <mutex>

namespace su {

namespace {

void put(std::FILE* stream, const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stream);
    std::fflush(stream);
}

class TextSink : public EventSink {
  public:
    TextSink(const Style& out, const Style& progress) : m_out(out), m_progress(progress) {}

    void on(const Event& event) override {
        const std::lock_guard lock(m_mutex);
        std::visit([this](const auto& one) { show(one); }, event);
    }

  private:
    void show(const StepStarted& event) {
        m_title = printable(event.title);
        if (m_progress.live) draw({m_progress.dim("... ") + printable(event.title)});
    }

    void show(const StepFinished& event) {
        clear();
        const std::string mark = event.ok ? m_progress.good("ok   ") : m_progress.bad("FAIL ");
        put(stderr,
            mark +
                wrap(m_title + " (" + human_duration(event.duration) + "): " + printable(event.message),
                     m_progress.width, 5) +
                "\n");
    }

    void show(const StepProgress& event) {
        if (!m_progress.live) return;
        std::string line = "... " + m_title + ": " + human_bytes(event.bytes);
        if (event.expected > event.bytes) line += " of about " + human_bytes(event.expected);
        if (event.bytes_per_second > 0) {
            line += ", " + human_bytes(static_cast<std::uint64_t>(event.bytes_per_second)) + "/s";
            if (event.expected > event.bytes) {
                const double left =
                    static_cast<double>(event.expected - event.bytes) / event.bytes_per_second;
                line += ", about " +
                        human_duration(std::chrono::milliseconds{static_cast<long>(left * 1000)}) + " left";
            }
        }
        draw({line});
    }

    void show(const WorkloadsChanged& event) {
        std::vector<std::string> lines;
        for (const auto& row : event.rows) {
            const std::string state =
                row.state == "current" ? m_progress.good("ready") : m_progress.warn(row.state);
            std::string line = "     " + printable(row.name) + "  " + state + "  " + printable(row.message);
            if (!row.trouble.empty()) line += "  " + m_progress.bad(printable(row.trouble));
            lines.push_back(std::move(line));
        }
        if (m_progress.live) return draw(lines);
        // no terminal: a line for what is new only
        for (const auto& line : lines) {
            if (std::find(m_shown.begin(), m_shown.end(), line) == m_shown.end()) {
                put(stderr, "[" + human_duration(event.since_start) + "]" + line + "\n");
            }
        }
        m_shown = lines;
    }

    void show(const Note& event) {
        clear();
        put(stderr, (event.is_warning ? m_progress.warn("note ") : std::string("note ")) +
                        wrap(printable(event.text), m_progress.width, 5) + "\n");
    }

    void show(const CauseFound& event) {
        clear();
        const Cause& cause = event.cause;
        std::string text = m_out.bold("Cause") + "\n";
        if (!cause.pod.empty()) {
            text += "  pod " + printable(cause.pod) +
                    (cause.container.empty() ? "" : ", container " + printable(cause.container)) + ": " +
                    m_out.bad(printable(cause.reason)) + "\n";
        }
        text += "  " + wrap(printable(cause.message), m_out.width, 2) + "\n";
        text += lines("last log lines", cause.last_lines) +
                lines("log lines of the container before", cause.previous_lines) +
                lines("warning events", cause.events);
        put(stdout, text);
    }

    static std::string lines(const std::string& title, const std::vector<std::string>& all) {
        if (all.empty()) return {};
        std::string text = "  " + title + ":\n";
        for (const auto& line : all) text += "    " + printable(line) + "\n";
        return text;
    }

    void show(const ChecksDone& event) {
        clear();
        put(stdout, validation_text(event.results, m_out));
    }

    void show(const Outcome& event) {
        clear();
        const bool well = event.exit_code == ExitCode::well;
        std::string text = "\n" + (well ? m_out.good("Done: ") : m_out.bad("Result: ")) +
                           wrap(printable(event.headline), m_out.width, 2) + "\n";
        for (const auto& line : event.lines) text += "  " + wrap(printable(line), m_out.width, 2) + "\n";
        for (const auto& command : event.commands) text += "\n    " + m_out.bold(printable(command)) + "\n";
        put(stdout, text);
    }

    /// Draws lines in place of the ones drawn before.
    void draw(const std::vector<std::string>& lines) {
        clear();
        for (const auto& line : lines) put(stderr, line + "\n");
        m_drawn = lines.size();
    }

    void clear() {
        for (; m_drawn > 0; --m_drawn) put(stderr, "\033[1A\033[2K");
    }

    Style m_out;
    Style m_progress;
    std::mutex m_mutex;
    std::string m_title;
    std::size_t m_drawn = 0;
    std::vector<std::string> m_shown;
};

}  // namespace

std::unique_ptr<EventSink> make_text_sink(const Style& out, const Style& progress) {
    return std::make_unique<TextSink>(out, progress);
}

}  // namespace su
