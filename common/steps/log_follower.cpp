// SPDX-License-Identifier: Apache-2.0
#include "steps/log_follower.hpp"

#include <list>
#include <mutex>
#include <thread>

namespace su {

namespace {

constexpr std::size_t k_most = 32;

struct Follower {
    ContainerRef where;
    std::mutex mutex;
    LogScanner scanner;
    std::jthread thread;  // last: joined before what it uses goes

    Follower(ContainerRef container, LogScanner empty)
        : where(std::move(container)), scanner(std::move(empty)) {}
};

void follow(ClusterReader& reader, Follower& follower, std::stop_token stop) {
    LogRequest request;
    request.where = follower.where;
    request.follow = true;
    // a broken stream ends this follower; the reading afterwards then sees at least as much and wins
    (void)reader.logs(
        request,
        [&](const LogLine& line) {
            const std::lock_guard lock(follower.mutex);
            follower.scanner.feed(line.text, line.timestamp);
            return true;
        },
        stop);
}

}  // namespace

struct LogFollower::State {
    ClusterReader* reader = nullptr;
    std::set<std::string> old_pods;
    std::set<std::string> seen;  ///< container ids, one for each start
    std::list<Follower> followers;
};

LogFollower::LogFollower(ClusterReader& reader, std::set<std::string> old_pods)
    : m_state(std::make_unique<State>()) {
    m_state->reader = &reader;
    m_state->old_pods = std::move(old_pods);
}

LogFollower::~LogFollower() {
    for (auto& follower : m_state->followers) follower.thread.request_stop();
}

void LogFollower::update(const Scope& scope) {
    for (const auto& pod : scope.pods) {
        if (m_state->old_pods.contains(text_at(pod, {"metadata", "uid"}))) continue;
        for (const auto& status : list_at(pod, {"status", "containerStatuses"})) {
            const std::string id = text_at(status, {"containerID"});
            const bool started = at_path(status, {"state", "running"}).is_object();
            if (!started || id.empty() || m_state->followers.size() >= k_most ||
                !m_state->seen.insert(id).second)
                continue;
            auto scanner = LogScanner::create({});
            if (!scanner) continue;
            auto& follower = m_state->followers.emplace_back(
                ContainerRef{scope.name_space, text_at(pod, {"metadata", "name"}), text_at(status, {"name"})},
                std::move(*scanner));
            follower.thread = std::jthread([reader = m_state->reader, &follower](std::stop_token stop) {
                follow(*reader, follower, stop);
            });
        }
    }
}

std::vector<FollowedLog> LogFollower::result() const {
    std::vector<FollowedLog> out;
    for (auto& follower : m_state->followers) {
        const std::lock_guard lock(follower.mutex);
        out.push_back({follower.where.pod, follower.where.container, follower.scanner.lines(),
                       follower.scanner.errors(), follower.scanner.patterns(),
                       follower.scanner.first_timestamp(), follower.scanner.last_timestamp()});
    }
    return out;
}

}  // namespace su
