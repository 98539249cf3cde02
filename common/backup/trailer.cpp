// SPDX-License-Identifier: Apache-2.0
#include "backup/trailer.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace su {

namespace {

constexpr std::size_t k_most_said = 64U << 20;
constexpr int k_sigpipe_status = 141;

std::string status_text(std::optional<int> status) {
    if (!status) return "left no exit status";
    if (*status > 128 && *status < 160) return "was ended by signal " + std::to_string(*status - 128);
    return "ended with " + std::to_string(*status);
}

}  // namespace

void TrailerReader::take(std::string line) {
    if (line == "H") return;
    if (line.starts_with("T ")) {
        m_contents.push_back(line.substr(2));
    } else if (line.starts_with("E ")) {
        const auto colon = line.find(": ");
        if (colon != std::string::npos)
            m_words[line.substr(2, colon - 2)] = printable(trim(line.substr(colon + 2)));
    } else if (line.starts_with("SU1 ")) {
        for (const auto& word : split(line.substr(4), ' ')) {
            const auto equals = word.find('=');
            if (equals != std::string::npos) m_values[word.substr(0, equals)] = word.substr(equals + 1);
        }
        m_complete = true;
    } else {
        m_other.push_back(printable(line.substr(0, 500)));
        if (m_other.size() > 10) m_other.erase(m_other.begin());
    }
}

Result<void> TrailerReader::feed(std::string_view bytes) {
    m_size += bytes.size();
    if (m_size > k_most_said) return Error{Errc::invalid, "the pod's error output has no end", {}};
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        m_line += bytes.substr(0, end);
        if (end == std::string_view::npos) return {};
        take(std::exchange(m_line, {}));
        bytes.remove_prefix(end + 1);
    }
    return {};
}

std::string TrailerReader::value(const std::string& key) const {
    const auto found = m_values.find(key);
    return found == m_values.end() ? std::string() : found->second;
}

std::optional<int> TrailerReader::status(const std::string& stage) const {
    const auto number = parse_int(value(stage));
    if (!number) return std::nullopt;
    return static_cast<int>(*number);
}

std::string TrailerReader::said() const {
    return join(m_other, "; ");
}

std::optional<Error> TrailerReader::failure(const std::vector<std::string>& stages,
                                            const std::string& what) const {
    if (const std::string tool = value("missing"); !tool.empty()) {
        return Error{Errc::unsupported, what + ": the container has no " + printable(tool), {}};
    }
    if (!value("notemp").empty()) {
        return Error{
            Errc::unsupported, what + ": the container has no writable /tmp or /dev/shm for named pipes", {}};
    }
    // rank, text: who was killed from outside, then who failed, then who only lost its reader
    std::vector<std::pair<int, std::string>> causes;
    for (const auto& stage : stages) {
        const auto ended = status(stage);
        if (ended == 0) continue;
        const auto words = m_words.find(stage);
        const std::string said = words == m_words.end() || words->second.empty() ? "" : ": " + words->second;
        const int rank = ended == k_sigpipe_status ? 2 : !ended || *ended > 128 ? 0 : 1;
        causes.emplace_back(rank, stage + " " + status_text(ended) + said);
    }
    if (causes.empty()) return std::nullopt;
    std::stable_sort(causes.begin(), causes.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> texts;
    for (auto& [rank, text] : causes) texts.push_back(std::move(text));
    return Error{Errc::tool_failed, what + ": " + join(texts, "; "), {}};
}

}  // namespace su
