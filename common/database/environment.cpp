// SPDX-License-Identifier: Apache-2.0
#include "database/environment.hpp"

#include "base/text.hpp"

namespace su {

Result<std::map<std::string, std::string>> ObjectCache::data(const std::string& plural,
                                                             const std::string& name_space,
                                                             const std::string& name, std::stop_token stop) {
    const std::string path = api_path("v1", plural, name_space, name);
    if (const auto known = m_read.find(path); known != m_read.end()) return known->second;
    const auto object = m_reader.get(path, stop);
    Result<std::map<std::string, std::string>> result = std::map<std::string, std::string>{};
    if (!object) {
        result = object.error();
    } else if (at_path(*object, {"data"}).is_object()) {
        for (const auto& [key, value] : at_path(*object, {"data"}).items()) {
            if (!value.is_string()) continue;
            const auto text = value.get<std::string>();
            if (plural != "secrets") {
                (*result)[key] = text;
            } else if (auto plain = base64_decode(text)) {
                (*result)[key] = std::move(*plain);
            }
        }
    }
    return m_read.emplace(path, std::move(result)).first->second;
}

ContainerEnv::ContainerEnv(const Json& pod, const Json& container, ObjectCache& cache, std::stop_token stop)
    : m_pod(pod), m_cache(cache), m_stop(std::move(stop)) {
    const std::string name_space = text_at(pod, {"metadata", "namespace"});
    for (const auto& source : list_at(container, {"envFrom"})) {
        const std::string prefix = text_at(source, {"prefix"});
        for (const auto& [key, plural] :
             {std::pair{"configMapRef", "configmaps"}, std::pair{"secretRef", "secrets"}}) {
            const std::string name = text_at(source, {key, "name"});
            if (name.empty()) continue;
            const auto data = m_cache.data(plural, name_space, name, m_stop);
            if (!data) {
                if (!bool_at(source, {key, "optional"})) m_from_problem = data.error();
                continue;
            }
            for (const auto& [variable, value] : *data) m_from[prefix + variable] = value;
        }
    }
    for (const auto& entry : list_at(container, {"env"})) m_entries.push_back(entry);
}

bool ContainerEnv::has(const std::string& name) const {
    for (const auto& entry : m_entries) {
        if (text_at(entry, {"name"}) == name) return true;
    }
    return m_from.contains(name);
}

std::string ContainerEnv::first_of(const std::vector<std::string>& names) const {
    for (const auto& name : names) {
        if (has(name)) return name;
    }
    return {};
}

Result<std::optional<std::string>> ContainerEnv::value(const std::string& name) {
    for (std::size_t i = m_entries.size(); i-- > 0;) {
        if (text_at(m_entries[i], {"name"}) == name) return entry_value(i, 0);
    }
    if (const auto found = m_from.find(name); found != m_from.end()) return std::optional(found->second);
    return std::optional<std::string>{};
}

Result<std::optional<std::string>> ContainerEnv::entry_value(std::size_t index, int depth) {
    const Json& entry = m_entries[index];
    if (at_path(entry, {"valueFrom"}).is_object()) return from_source(at_path(entry, {"valueFrom"}));
    return std::optional(expand(text_at(entry, {"value"}), index, depth));
}

// $(NAME) is replaced by variables defined before; "$$(" is a literal "$(" (Kubernetes core/v1 EnvVar).
std::string ContainerEnv::expand(const std::string& text, std::size_t before, int depth) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.compare(i, 2, "$$") == 0) {
            out += '$';
            ++i;
            continue;
        }
        const auto end = text.compare(i, 2, "$(") == 0 ? text.find(')', i) : std::string::npos;
        if (end == std::string::npos) {
            out += text[i];
            continue;
        }
        const std::string name = text.substr(i + 2, end - i - 2);
        std::optional<std::string> value;
        if (const auto found = m_from.find(name); found != m_from.end()) value = found->second;
        for (std::size_t at = 0; at < before && depth < 8; ++at) {
            if (text_at(m_entries[at], {"name"}) != name) continue;
            if (auto known = entry_value(at, depth + 1); known && *known) value = **known;
        }
        out += value ? *value : text.substr(i, end - i + 1);
        i = end;
    }
    return out;
}

Result<std::optional<std::string>> ContainerEnv::from_field(const std::string& path) const {
    if (path == "metadata.name") return std::optional(text_at(m_pod, {"metadata", "name"}));
    if (path == "metadata.namespace") return std::optional(text_at(m_pod, {"metadata", "namespace"}));
    if (path == "status.podIP") return std::optional(text_at(m_pod, {"status", "podIP"}));
    if (path == "status.hostIP") return std::optional(text_at(m_pod, {"status", "hostIP"}));
    return std::optional<std::string>{};
}

Result<std::optional<std::string>> ContainerEnv::from_source(const Json& source) {
    const std::string name_space = text_at(m_pod, {"metadata", "namespace"});
    for (const auto& [key, plural] :
         {std::pair{"secretKeyRef", "secrets"}, std::pair{"configMapKeyRef", "configmaps"}}) {
        const std::string name = text_at(source, {key, "name"});
        if (name.empty()) continue;
        const auto data = m_cache.data(plural, name_space, name, m_stop);
        if (!data) {
            if (data.error().code == Errc::not_found && bool_at(source, {key, "optional"}))
                return std::optional<std::string>{};
            return data.error();
        }
        const auto found = data->find(text_at(source, {key, "key"}));
        return found == data->end() ? std::optional<std::string>{} : std::optional(found->second);
    }
    return from_field(text_at(source, {"fieldRef", "fieldPath"}));
}

}  // namespace su
