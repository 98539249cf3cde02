// SPDX-License-Identifier: Apache-2.0
// What a container's environment will be, as far as the cluster's objects say: literals, $(NAME) references,
// envFrom, Secrets and ConfigMaps. Objects are read only for variables that are asked for.
#pragma once

#include "cluster/cluster.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace su {

/// Secrets and ConfigMaps read once. A missing or forbidden one is an Error that is kept as well.
class ObjectCache {
  public:
    explicit ObjectCache(ClusterReader& reader) : m_reader(reader) {}
    /// `data` as plain text by key.
    Result<std::map<std::string, std::string>> data(const std::string& plural, const std::string& name_space,
                                                    const std::string& name, std::stop_token stop);

  private:
    ClusterReader& m_reader;
    std::map<std::string, Result<std::map<std::string, std::string>>> m_read;
};

class ContainerEnv {
  public:
    ContainerEnv(const Json& pod, const Json& container, ObjectCache& cache, std::stop_token stop);
    [[nodiscard]] bool has(const std::string& name) const;
    /// Nothing when it is not set; an Error when it is set from something that cannot be read.
    Result<std::optional<std::string>> value(const std::string& name);
    /// The first of `names` that is set, or "".
    [[nodiscard]] std::string first_of(const std::vector<std::string>& names) const;

  private:
    Result<std::optional<std::string>> from_source(const Json& entry);
    Result<std::optional<std::string>> from_field(const std::string& path) const;
    std::string expand(const std::string& text, std::size_t before, int depth);
    Result<std::optional<std::string>> entry_value(std::size_t index, int depth);

    const Json& m_pod;
    ObjectCache& m_cache;
    std::stop_token m_stop;
    std::vector<Json> m_entries;                ///< `env`, in order
    std::map<std::string, std::string> m_from;  ///< what envFrom gives
    std::optional<Error> m_from_problem;        ///< an envFrom that could not be read
};

}  // namespace su
