// SPDX-License-Identifier: Apache-2.0
#include "checks/log_read.hpp"

#include "base/text.hpp"
#include "checks/support.hpp"

#include <algorithm>

namespace su::checks {

namespace {

constexpr std::size_t k_threads = 4;
/// A container logs its first line within that time of its start; a later one means that the log begins
/// later.
constexpr auto k_grace = std::chrono::seconds{30};

std::string clock_of(const std::string& timestamp) {
    const auto time = parse_rfc3339(timestamp);
    return time ? to_rfc3339(*time) : printable(timestamp);
}

/// The very first line that the kubelet still serves, whatever `since` says: is the beginning still there?
Result<std::string> first_kept(ClusterReader& reader, const LogSource& source, std::stop_token stop) {
    LogRequest request;
    request.where = source.where;
    request.previous = source.previous;
    std::string first;
    SU_TRY(reader.logs(
        request,
        [&](const LogLine& line) {
            first = line.timestamp;
            return false;
        },
        stop));
    return first;
}

/// The kubelet serves only the newest file: after a burst the log begins late, or is empty, with success.
std::string find_gap(ClusterReader& reader, const LogReading& reading, const std::string& since,
                     std::stop_token stop) {
    const auto from = parse_rfc3339(since);
    const auto started = parse_rfc3339(reading.source.started);
    if (!started) return {};
    const Time window = from ? std::max(*from, *started) : *started;
    const auto first = parse_rfc3339(reading.first);
    if (first && *first <= window + k_grace) return {};
    const auto kept = first_kept(reader, reading.source, stop);
    if (!kept) return "the beginning of its log could not be read";
    const auto begin = parse_rfc3339(*kept);
    if (!begin) return {};  // no log at all: said by the number of lines
    if (*begin <= window || *begin <= *started + k_grace) return {};
    return "its log begins only at " + clock_of(*kept) + ", it should be looked at from " +
           to_rfc3339(window) + " on (rotated)";
}

void read_one(ClusterReader& reader, LogReading& reading, const LogQuestion& question, std::stop_token stop) {
    auto scanner = LogScanner::create(question.ignore);
    if (!scanner) {
        reading.problem = scanner.error();
        return;
    }
    LogRequest request;
    request.where = reading.source.where;
    request.previous = reading.source.previous;
    request.since_time = question.since;
    request.tail_lines = question.tail;
    const auto until = parse_rfc3339(reading.source.until);
    const auto read = reader.logs(
        request,
        [&](const LogLine& line) {
            if (until && parse_rfc3339(line.timestamp) > until) return false;
            scanner->feed(line.text, line.timestamp);
            return true;
        },
        stop);
    reading.lines = scanner->lines();
    reading.errors = scanner->errors();
    reading.patterns = scanner->patterns();
    reading.first = scanner->first_timestamp();
    reading.last = scanner->last_timestamp();
    if (!read) {
        reading.problem = read.error();
    } else if (!question.tail) {
        reading.gap = find_gap(reader, reading, question.since, stop);
    }
}

void add_sources(const Json& pod, const Json& status, const std::optional<Time>& since,
                 std::vector<LogSource>& sources) {
    LogSource source;
    source.where = {text_at(pod, {"metadata", "namespace"}), name_of(pod), text_at(status, {"name"})};
    source.key = owner_of(pod).name + "/" + source.where.container;
    const Json& running = at_path(status, {"state", "running"});
    const Json& ended = at_path(status, {"state", "terminated"});
    const Json& last = at_path(status, {"lastState", "terminated"});
    source.is_running = running.is_object();
    source.started = text_at(running.is_object() ? running : ended, {"startedAt"});
    const auto is_new = [&](const Json& state) {
        const auto finished = parse_rfc3339(text_at(state, {"finishedAt"}));
        return !since || !finished || *finished >= *since;
    };
    if (running.is_object() || (ended.is_object() && is_new(ended))) sources.push_back(source);
    if (!last.is_object() || !is_new(last)) return;
    source.is_running = false;
    source.started = text_at(last, {"startedAt"});
    source.previous =
        running.is_object() || ended.is_object();  // while it waits, "current" is the one that ended
    sources.push_back(source);
}

}  // namespace

std::vector<LogSource> log_sources(const Scope& scope, const std::string& since) {
    const auto from = parse_rfc3339(since);
    std::vector<LogSource> sources;
    for (const Json& pod : scope.pods) {
        // a pod of the old revision on its way out: its log goes with it, and is not the new one's
        if (!text_at(pod, {"metadata", "deletionTimestamp"}).empty()) continue;
        for (const Json* status : container_statuses(pod)) add_sources(pod, *status, from, sources);
    }
    for (auto& source : sources) {
        if (source.where.name_space.empty()) source.where.name_space = scope.name_space;
    }
    return sources;
}

Result<std::vector<LogReading>> read_logs(ClusterReader& reader, const std::vector<LogSource>& sources,
                                          const LogQuestion& question, std::stop_token stop) {
    SU_TRY(LogScanner::create(question.ignore));
    std::vector<LogReading> readings(sources.size());
    parallel_for(sources.size(), k_threads, [&](std::size_t i) {
        readings[i].source = sources[i];
        read_one(reader, readings[i], question, stop);
    });
    return readings;
}

}  // namespace su::checks
