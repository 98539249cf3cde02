// SPDX-License-Identifier: Apache-2.0
// Private to cluster/: the Kubernetes API through the door.
#pragma once

#include "cluster/cluster.hpp"
#include "cluster/http_door.hpp"

namespace su {

/// The server's words and our code for an answer that is no 2xx. `what`: "cannot read /api/v1/...".
Error status_error(const HttpResponse& response, const std::string& what);

/// Stateless but for the door: safe from several threads.
class ClusterApi final : public ClusterReader, public ClusterWriter {
  public:
    ClusterApi(std::string socket_path, std::string name_space)
        : m_door(std::move(socket_path)), m_name_space(std::move(name_space)) {}

    [[nodiscard]] const std::string& name_space() const override { return m_name_space; }
    Result<Json> get(const std::string& path, std::stop_token stop) override;
    Result<std::vector<Json>> list(const std::string& path, const std::string& query,
                                   std::stop_token stop) override;
    Result<HttpResponse> raw_get(const std::string& path, const Headers& headers, std::stop_token stop,
                                 std::chrono::milliseconds deadline) override;
    Result<Json> review(const std::string& path, const Json& body, std::stop_token stop) override;
    Result<void> logs(const LogRequest& request, const std::function<bool(const LogLine&)>& on_line,
                      std::stop_token stop) override;
    Result<void> watch(const std::string& path, const std::string& query, const std::string& resource_version,
                       const std::function<bool(const std::string& type, const Json& object)>& on_event,
                       std::stop_token stop) override;
    Result<ExecOutput> exec_query(const ExecRequest& request, std::string_view input,
                                  std::stop_token stop) override;
    Result<std::unique_ptr<ExecSession>> open_exec(const ExecRequest& request, std::stop_token stop) override;

    ClusterReader& reader() override { return *this; }
    Result<Json> create(const std::string& collection_path, const Json& object,
                        std::stop_token stop) override;
    Result<Json> replace(const std::string& path, const Json& object, std::stop_token stop) override;
    Result<Json> patch(const std::string& path, const Json& merge_patch, std::stop_token stop) override;
    Result<void> remove(const std::string& path, std::stop_token stop) override;

  private:
    /// A GET, once more after a failed connection, 429 or 5xx.
    Result<HttpResponse> get_retried(const HttpRequest& request, const HttpLimits& limits,
                                     std::stop_token stop, const BodySink& sink = nullptr);
    Result<Json> send(const std::string& method, const std::string& path, const Json& body,
                      const std::string& type, std::stop_token stop);
    Result<void> list_pages(const std::string& path, const std::string& query, std::vector<Json>& items,
                            std::stop_token stop);
    /// The container that is meant when none is named.
    Result<std::string> container_of(const ContainerRef& where, std::stop_token stop);

    HttpDoor m_door;
    std::string m_name_space;
};

}  // namespace su
