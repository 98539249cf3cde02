// SPDX-License-Identifier: Apache-2.0
// A cluster made of canned answers by path, for tests of what reads and writes one.
#pragma once

#include "base/text.hpp"
#include "cluster/cluster.hpp"

#include <map>
#include <mutex>

namespace su::test {

class FakeCluster : public ClusterReader, public ClusterWriter {
  public:
    std::string m_name_space = "test";
    std::map<std::string, Json> objects;  ///< get() by path; replace/create/remove change it
    std::map<std::string, std::vector<Json>>
        lists;  ///< list() by path; what is not here is gathered from `objects`
    std::map<std::string, HttpResponse> responses;  ///< raw_get() by path
    std::map<std::string, std::vector<std::pair<std::string, std::string>>>
        log_lines;                          ///< "pod/container[/previous]"
    std::map<std::string, Error> failures;  ///< any call by path or by log key
    std::map<std::string, std::vector<ExecOutput>>
        outputs;  ///< exec_query by "pod: argv"; the last one stays
    std::vector<std::string> calls;

    [[nodiscard]] const std::string& name_space() const override { return m_name_space; }
    ClusterReader& reader() override { return *this; }

    Result<Json> get(const std::string& path, std::stop_token) override {
        const std::scoped_lock lock(m_mutex);
        calls.push_back("get " + path);
        if (failures.contains(path)) return failures.at(path);
        if (!objects.contains(path)) return Error{Errc::not_found, path + " is not found", {}};
        return objects.at(path);
    }

    Result<std::vector<Json>> list(const std::string& path, const std::string& query,
                                   std::stop_token) override {
        const std::scoped_lock lock(m_mutex);
        calls.push_back("list " + path + "?" + query);
        if (failures.contains(path)) return failures.at(path);
        if (lists.contains(path)) return lists.at(path);
        std::vector<Json> items;
        for (const auto& [name, object] : objects) {
            if (name.starts_with(path + "/") && !contains(name.substr(path.size() + 1), "/"))
                items.push_back(object);
        }
        return items;
    }

    Result<HttpResponse> raw_get(const std::string& path, const Headers&, std::stop_token,
                                 std::chrono::milliseconds) override {
        const std::scoped_lock lock(m_mutex);
        calls.push_back("raw_get " + path);
        if (failures.contains(path)) return failures.at(path);
        if (!responses.contains(path)) return HttpResponse{404, "text/plain", "not found"};
        return responses.at(path);
    }

    Result<Json> review(const std::string&, const Json& body, std::stop_token) override { return body; }

    Result<void> logs(const LogRequest& request, const std::function<bool(const LogLine&)>& on_line,
                      std::stop_token) override {
        const std::string key =
            request.where.pod + "/" + request.where.container + (request.previous ? "/previous" : "");
        std::vector<std::pair<std::string, std::string>> lines;
        {
            const std::scoped_lock lock(m_mutex);
            calls.push_back("logs " + key + " since " + request.since_time);
            if (failures.contains(key)) return failures.at(key);
            if (log_lines.contains(key)) lines = log_lines.at(key);
        }
        for (const auto& [timestamp, text] : lines) {
            if (!request.since_time.empty() && timestamp < request.since_time) continue;
            if (!on_line(LogLine{timestamp, text})) break;
        }
        return {};
    }

    Result<void> watch(const std::string&, const std::string&, const std::string&,
                       const std::function<bool(const std::string&, const Json&)>&,
                       std::stop_token) override {
        return Error{Errc::unsupported, "the fake cluster has no watch", {}};
    }

    Result<ExecOutput> exec_query(const ExecRequest& request, std::string_view input,
                                  std::stop_token) override {
        const std::scoped_lock lock(m_mutex);
        const std::string key = request.where.pod + ": " + join(request.argv, " ");
        calls.push_back("exec " + key + (input.empty() ? "" : " < " + std::string(input)));
        if (failures.contains(key)) return failures.at(key);
        const auto found = outputs.find(key);
        if (found == outputs.end()) return Error{Errc::not_found, "no pod answers " + key, {}};
        ExecOutput output = found->second.front();
        if (found->second.size() > 1) found->second.erase(found->second.begin());
        return output;
    }

    Result<std::unique_ptr<ExecSession>> open_exec(const ExecRequest&, std::stop_token) override {
        return Error{Errc::unsupported, "the fake cluster has no sessions", {}};
    }

    Result<Json> create(const std::string& collection_path, const Json& object, std::stop_token) override {
        const std::scoped_lock lock(m_mutex);
        const std::string path = collection_path + "/" + text_at(object, {"metadata", "name"});
        calls.push_back("create " + path);
        if (failures.contains(path)) return failures.at(path);
        if (objects.contains(path)) return Error{Errc::conflict, path + " exists", {}};
        return objects[path] = object;
    }

    Result<Json> replace(const std::string& path, const Json& object, std::stop_token) override {
        const std::scoped_lock lock(m_mutex);
        calls.push_back("replace " + path);
        if (failures.contains(path)) return failures.at(path);
        if (!objects.contains(path)) return Error{Errc::not_found, path + " is not found", {}};
        return objects[path] = object;
    }

    Result<Json> patch(const std::string& path, const Json& merge_patch, std::stop_token) override {
        const std::scoped_lock lock(m_mutex);
        calls.push_back("patch " + path);
        if (!objects.contains(path)) return Error{Errc::not_found, path + " is not found", {}};
        objects[path].merge_patch(merge_patch);
        return objects[path];
    }

    Result<void> remove(const std::string& path, std::stop_token) override {
        const std::scoped_lock lock(m_mutex);
        calls.push_back("remove " + path);
        if (objects.erase(path) == 0) return Error{Errc::not_found, path + " is not found", {}};
        return {};
    }

  private:
    std::mutex m_mutex;
};

}  // namespace su::test
