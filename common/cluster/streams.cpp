// SPDX-License-Identifier: Apache-2.0
// Logs and watches: bodies without an end known beforehand, taken line by line in constant memory.
#include "base/text.hpp"
#include "cluster/api.hpp"

namespace su {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t k_log_line = 16 << 10;
constexpr std::size_t k_timestamp_room = 64;
constexpr std::size_t k_watch_line =
    32 << 20;  // objects are at most 1.5 MiB in etcd; JSON and managedFields add
constexpr milliseconds k_watch_idle{90'000};  // the API server sends a bookmark about every minute

/// Cuts a stream into lines; of a line longer than `cap` the rest is dropped.
class Lines {
  public:
    using OnLine = std::function<bool(std::string_view)>;
    Lines(std::size_t cap, OnLine on_line) : m_cap(cap), m_on_line(std::move(on_line)) {}

    bool feed(std::string_view piece) {
        while (!piece.empty()) {
            const auto end = piece.find('\n');
            const auto part = piece.substr(0, end);
            if (end != std::string_view::npos && m_held.empty()) {
                if (!m_on_line(part.substr(0, m_cap))) return false;
            } else {
                m_held += part.substr(0, m_cap - std::min(m_cap, m_held.size()));
                if (end != std::string_view::npos && !flush()) return false;
            }
            if (end == std::string_view::npos) return true;
            piece.remove_prefix(end + 1);
        }
        return true;
    }

    /// What stands after the last line end; only right when the stream has ended properly.
    bool flush() {
        const std::string line = std::move(m_held);
        m_held.clear();
        return m_on_line(line);
    }
    [[nodiscard]] bool has_rest() const { return !m_held.empty(); }

  private:
    std::size_t m_cap;
    OnLine m_on_line;
    std::string m_held;
};

std::string log_target(const LogRequest& request, const std::string& container) {
    std::string target = api_path("v1", "pods", request.where.name_space, request.where.pod) +
                         "/log?timestamps=true&container=" + url_encode(container);
    if (request.previous) target += "&previous=true";
    if (request.follow) target += "&follow=true";
    if (!request.since_time.empty()) target += "&sinceTime=" + url_encode(request.since_time);
    if (request.tail_lines) target += "&tailLines=" + std::to_string(*request.tail_lines);
    return target;
}

/// "2026-11-21T11:42:21.123456789Z text": the kubelet's time stamp, then one space.
LogLine to_log_line(std::string_view line) {
    const auto space = line.substr(0, k_timestamp_room).find(' ');
    LogLine out;
    if (space != std::string_view::npos && line.substr(0, space).find('T') != std::string_view::npos) {
        out.timestamp = std::string(line.substr(0, space));
        line.remove_prefix(space + 1);
    }
    if (line.ends_with('\r')) line.remove_suffix(1);
    out.text = line.substr(0, k_log_line);
    return out;
}

/// The error that an ERROR event or an unreadable line means.
Error watch_error(const Json& event, std::string_view line, const std::string& path) {
    const std::string what = "the watch of " + path + " failed";
    if (text_at(event, {"type"}) != "ERROR") {
        return {Errc::invalid, what + ": unreadable event \"" + printable(line.substr(0, 100)) + "\"", {}};
    }
    HttpResponse answer;
    answer.status = static_cast<int>(int_at(event, {"object", "code"}, 500));
    answer.body = dump_json(at_path(event, {"object"}));
    return status_error(answer, what);
}

}  // namespace

Result<void> ClusterApi::logs(const LogRequest& request, const std::function<bool(const LogLine&)>& on_line,
                              std::stop_token stop) {
    SU_ASSIGN(const std::string container, container_of(request.where, stop));
    HttpRequest http;
    http.target = log_target(request, container);
    HttpLimits limits;
    limits.deadline = milliseconds{0};
    limits.idle = request.follow ? milliseconds{0} : request.idle;
    limits.max_body = 1 << 20;
    bool wanted = true;
    Lines lines(k_log_line + k_timestamp_room, [&](std::string_view line) {
        wanted = on_line(to_log_line(line));
        return wanted;
    });
    SU_ASSIGN(const auto answer,
              get_retried(http, limits, stop, [&](std::string_view p) { return lines.feed(p); }));
    if (answer.status / 100 != 2) {
        return status_error(answer, "cannot read the logs of " + request.where.pod + "/" + container);
    }
    if (wanted && lines.has_rest()) lines.flush();
    return {};
}

Result<void> ClusterApi::watch(
    const std::string& path, const std::string& query, const std::string& resource_version,
    const std::function<bool(const std::string& type, const Json& object)>& on_event, std::stop_token stop) {
    HttpRequest http;
    http.target = path + "?watch=1&allowWatchBookmarks=true&resourceVersion=" + url_encode(resource_version) +
                  (query.empty() ? "" : "&" + query);
    HttpLimits limits;
    limits.deadline = milliseconds{0};
    limits.idle = k_watch_idle;
    bool wanted = true;
    std::optional<Error> failure;
    Lines lines(k_watch_line, [&](std::string_view line) {
        if (trim(line).empty()) return true;
        const Json event = Json::parse(line, nullptr, false);
        const std::string type = text_at(event, {"type"});
        if (type.empty() || type == "ERROR") {
            failure = watch_error(event, line, path);
            return false;
        }
        wanted = on_event(type, at_path(event, {"object"}));
        return wanted;
    });
    SU_ASSIGN(const auto answer,
              get_retried(http, limits, stop, [&](std::string_view p) { return lines.feed(p); }));
    if (answer.status / 100 != 2) return status_error(answer, "cannot watch " + path);
    if (failure) return *failure;
    if (!wanted) return {};
    return Error{Errc::cut, "the watch of " + path + " ended", {}};
}

}  // namespace su
