// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "diff/mask.hpp"
#include "steps/tracker.hpp"

namespace su {

namespace {

constexpr std::int64_t k_lines = 20;

std::vector<std::string> tail(ClusterReader& reader, const ContainerRef& where, bool previous,
                              std::stop_token stop) {
    std::vector<std::string> lines;
    LogRequest request;
    request.where = where;
    request.previous = previous;
    request.tail_lines = k_lines;
    const auto read = reader.logs(
        request,
        [&](const LogLine& line) {
            lines.push_back(printable(mask_text(line.text)));
            return true;
        },
        stop);
    // no previous container, or one that never started, is what one expects here
    const bool expected =
        !read && (read.error().code == Errc::not_found || read.error().code == Errc::invalid);
    if (!read && !expected) lines.push_back("(logs could not be read: " + read.error().message + ")");
    return lines;
}

std::vector<std::string> warning_events(ClusterReader& reader, const std::string& name_space,
                                        const std::string& pod, std::stop_token stop) {
    std::vector<std::string> out;
    const auto events =
        reader.list(api_path("v1", "events", name_space),
                    "fieldSelector=" + url_encode("involvedObject.name=" + pod + ",type=Warning"), stop);
    if (!events) return {"(events could not be read: " + events.error().message + ")"};
    for (const auto& event : *events) {
        const auto count = int_at(event, {"count"}, 1);
        out.push_back(printable(text_at(event, {"reason"}) + ": " +
                                trim(mask_text(text_at(event, {"message"}))) +
                                (count > 1 ? " (" + std::to_string(count) + " times)" : "")));
    }
    if (out.size() > 5) out.erase(out.begin(), out.end() - 5);
    return out;
}

}  // namespace

Cause find_cause(const RunContext& context, const TrackEnd& end) {
    Cause cause;
    cause.message = printable(end.message);
    if (end.pod.is_null()) return cause;
    cause.pod = text_at(end.pod, {"metadata", "name"});
    if (end.trouble) {
        cause.container = end.trouble->container;
        cause.reason = end.trouble->reason;
        if (!end.trouble->message.empty()) cause.message = printable(mask_text(end.trouble->message));
    }
    const ContainerRef where{context.reader().name_space(), cause.pod, cause.container};
    // the person's Ctrl-C must not keep us from saying why: only the second one does
    cause.last_lines = tail(context.reader(), where, false, context.abort);
    cause.previous_lines = tail(context.reader(), where, true, context.abort);
    if (cause.previous_lines == cause.last_lines) cause.previous_lines.clear();
    cause.events = warning_events(context.reader(), where.name_space, cause.pod, context.abort);
    return cause;
}

}  // namespace su
