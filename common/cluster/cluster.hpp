// SPDX-License-Identifier: Apache-2.0
// The one door to the cluster. ClusterReader for facts and checks, ClusterWriter only for steps.
// Paths are API paths: "/api/v1/namespaces/default/pods". All calls block, take a stop token and have a
// deadline of their own; all are safe from several threads at once. Objects are JSON as the API server gives
// them. Errors everywhere: not_found (404), forbidden (401, 403), conflict (409, 412), invalid (400, 422; the
// server's message), unreachable (no connection, 5xx after one retry of a GET), timed_out, cancelled, cut (no
// proper end).
#pragma once

#include "base/json.hpp"
#include "base/result.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace su {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpResponse {
    int status = 0;
    std::string content_type;
    std::string body;
};

/// Which container to run in or read from. Empty container: the pod's only one, or its default
/// (annotation kubectl.kubernetes.io/default-container), else the first.
struct ContainerRef {
    std::string name_space;
    std::string pod;
    std::string container;
};

struct LogRequest {
    ContainerRef where;
    bool previous = false;
    bool follow = false;
    std::string since_time;  ///< RFC 3339, or empty
    std::optional<std::int64_t> tail_lines;
    std::chrono::milliseconds idle{30'000};  ///< not for `follow`: silence is normal there
};

struct LogLine {
    std::string timestamp;  ///< RFC 3339 with nanoseconds, from the kubelet
    std::string_view text;  ///< without line end; at most 16 KiB, longer ones are cut
};

struct ExecRequest {
    ContainerRef where;
    std::vector<std::string> argv;
    bool with_stdin = true;                  ///< some runtimes truncate when stdin is not attached
    std::chrono::milliseconds idle{60'000};  ///< no byte at all for that long: timed_out
};

/// A command running in a container, over WebSocket v5.channel.k8s.io with an explicit status frame.
/// One thread at a time. Destroying it closes the connection; the remote process gets end of file on stdin.
class ExecSession {
  public:
    enum class Channel { out, err, status };
    struct Chunk {
        Channel channel = Channel::out;
        std::string data;   ///< for `status`: nothing
        int exit_code = 0;  ///< for `status`: what the remote command ended with
        std::string
            message;  ///< for `status`: the runtime's words when it could not be run at all (exit_code -1)
    };
    virtual ~ExecSession() = default;
    /// The next piece in the order in which it came. `status` comes once, last, and only it means "ended".
    /// Errors: cut (connection ended without status), timed_out (nothing within `wait`, or request.idle when
    /// wait is 0), cancelled.
    virtual Result<Chunk> next(std::stop_token stop, std::chrono::milliseconds wait = {}) = 0;
    /// Blocks until handed to the connection (backpressure); output that arrives meanwhile is kept for
    /// next(). Error cut: the command has ended without reading on, or the connection; next() still gives
    /// what came and tells.
    virtual Result<void> write(std::string_view bytes, std::stop_token stop) = 0;
    virtual Result<void> close_stdin(std::stop_token stop) = 0;
};

struct ExecOutput {
    int exit_code = 0;
    std::string out;
    std::string err;
    bool truncated = false;  ///< more than 16 MiB on one stream
};

class ClusterReader {
  public:
    virtual ~ClusterReader() = default;
    [[nodiscard]] virtual const std::string& name_space() const = 0;
    virtual Result<Json> get(const std::string& path, std::stop_token stop) = 0;
    /// "items" of a list; follows "continue"; each item has apiVersion and kind filled in. `query`:
    /// "labelSelector=a%3Db".
    virtual Result<std::vector<Json>> list(const std::string& path, const std::string& query,
                                           std::stop_token stop) = 0;
    /// Any GET, any status, body whole (at most 64 MiB).
    virtual Result<HttpResponse> raw_get(const std::string& path, const Headers& headers,
                                         std::stop_token stop,
                                         std::chrono::milliseconds deadline = std::chrono::seconds{30}) = 0;
    /// Review kinds are reads (SelfSubjectAccessReview): they store nothing.
    virtual Result<Json> review(const std::string& path, const Json& body, std::stop_token stop) = 0;
    /// Lines in order; `on_line` returns false to stop. Errors: cut when the end chunk is missing.
    virtual Result<void> logs(const LogRequest& request, const std::function<bool(const LogLine&)>& on_line,
                              std::stop_token stop) = 0;
    /// ADDED/MODIFIED/DELETED/BOOKMARK events from `resource_version` on; `on_event` returns false to stop
    /// (then success). Errors: cut or timed_out when the stream ends (the caller lists again), not_found
    /// (410: version too old).
    virtual Result<void> watch(
        const std::string& path, const std::string& query, const std::string& resource_version,
        const std::function<bool(const std::string& type, const Json& object)>& on_event,
        std::stop_token stop) = 0;
    /// A read by convention: for checks and facts, argv must not change anything. Runs to its end.
    /// A non-zero exit is data. Errors: forbidden, not_found, cut, timed_out, cancelled, unsupported (no such
    /// program).
    virtual Result<ExecOutput> exec_query(const ExecRequest& request, std::string_view input,
                                          std::stop_token stop) = 0;
    virtual Result<std::unique_ptr<ExecSession>> open_exec(const ExecRequest& request,
                                                           std::stop_token stop) = 0;
};

class ClusterWriter {
  public:
    virtual ~ClusterWriter() = default;
    virtual ClusterReader& reader() = 0;
    virtual Result<Json> create(const std::string& collection_path, const Json& object,
                                std::stop_token stop) = 0;
    /// PUT; optimistic when object.metadata.resourceVersion is set.
    virtual Result<Json> replace(const std::string& path, const Json& object, std::stop_token stop) = 0;
    /// application/merge-patch+json (RFC 7386)
    virtual Result<Json> patch(const std::string& path, const Json& merge_patch, std::stop_token stop) = 0;
    virtual Result<void> remove(const std::string& path, std::stop_token stop) = 0;
};

/// API path of an object or collection from its apiVersion and plural: ("apps/v1", "deployments", "ns",
/// "name").
std::string api_path(std::string_view api_version, std::string_view plural, std::string_view name_space,
                     std::string_view name = {});

/// The names that a kind has in paths, for the kinds that this program knows without discovery; empty when
/// unknown.
std::string plural_of(std::string_view kind);

}  // namespace su
