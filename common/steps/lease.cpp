// SPDX-License-Identifier: Apache-2.0
#include "steps/lease.hpp"

#include "base/clock.hpp"
#include "base/text.hpp"

#include <unistd.h>

#include <array>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace su {

namespace {

constexpr std::chrono::seconds k_duration{15};  // client-go's default for leader election
constexpr std::chrono::seconds k_renew_every{3};
constexpr std::chrono::milliseconds k_look_every{500};

std::string lease_path(const std::string& name_space, const std::string& release) {
    return api_path("coordination.k8s.io/v1", "leases", name_space, "safe-upgrade." + release);
}

Json lease_spec(const std::string& holder) {
    return {{"holderIdentity", holder},
            {"leaseDurationSeconds", k_duration.count()},
            {"acquireTime", to_rfc3339_micro(now())},
            {"renewTime", to_rfc3339_micro(now())}};
}

bool sleep_for(std::chrono::milliseconds time, std::stop_token stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any wake;
    wake.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

/// Whether the holder renews within its own duration, on our clock.
Result<bool> is_alive(ClusterReader& reader, const std::string& path, const Json& seen,
                      std::stop_token stop) {
    const auto wait =
        std::chrono::seconds{int_at(seen, {"spec", "leaseDurationSeconds"}, k_duration.count()) + 1};
    const auto until =
        std::chrono::steady_clock::now() + std::min<std::chrono::seconds>(wait, std::chrono::seconds{60});
    while (std::chrono::steady_clock::now() < until) {
        if (!sleep_for(k_look_every, stop)) return Error{Errc::cancelled, "interrupted", {}};
        const auto lease = reader.get(path, stop);
        if (!lease && lease.error().code == Errc::not_found) return false;
        if (!lease) return lease.error();
        if (text_at(*lease, {"spec", "holderIdentity"}).empty()) return false;
        if (text_at(*lease, {"spec", "renewTime"}) != text_at(seen, {"spec", "renewTime"})) return true;
    }
    return false;
}

}  // namespace

struct Lease::State {
    ClusterWriter* writer = nullptr;
    std::string path;
    Json object;
    std::string holder;
    std::atomic<bool> is_lost{false};
    std::jthread renewer;
};

namespace {

/// A renewal whose answer was lost leaves us with an old resourceVersion: the holder decides whose the Lease
/// is.
bool is_still_ours(ClusterWriter& writer, const std::string& path, Json& object, std::stop_token stop) {
    auto present = writer.reader().get(path, stop);
    if (!present ||
        text_at(*present, {"spec", "holderIdentity"}) != text_at(object, {"spec", "holderIdentity"}))
        return false;
    object = std::move(*present);
    return true;
}

/// Renews until stopped; marks the Lease as lost when it is somebody else's or could not be renewed in its
/// duration.
void keep_renewing(ClusterWriter& writer, const std::string& path, Json& object, std::atomic<bool>& is_lost,
                   std::stop_token stop) {
    auto last_good = std::chrono::steady_clock::now();
    while (sleep_for(k_renew_every, stop)) {
        object["spec"]["renewTime"] = to_rfc3339_micro(now());
        auto renewed = writer.replace(path, object, stop);
        if (renewed) {
            object = std::move(*renewed);
            last_good = std::chrono::steady_clock::now();
        } else if (renewed.error().code == Errc::conflict && is_still_ours(writer, path, object, stop)) {
            last_good = std::chrono::steady_clock::now();
        } else if (renewed.error().code == Errc::conflict || renewed.error().code == Errc::not_found ||
                   std::chrono::steady_clock::now() - last_good > k_duration) {
            is_lost = !stop.stop_requested();
            return;
        }
    }
}

}  // namespace

Lease::Lease(std::unique_ptr<State> state) : m_state(std::move(state)) {}
Lease::Lease(Lease&&) noexcept = default;

Lease::~Lease() {
    if (!m_state) return;
    m_state->renewer.request_stop();
    if (m_state->renewer.joinable()) m_state->renewer.join();
    if (m_state->is_lost) return;
    // kept as an object without holder: `history` and people see who was last
    m_state->object["spec"]["holderIdentity"] = "";
    (void)m_state->writer->replace(m_state->path, m_state->object, {});
}

bool Lease::lost() const {
    return m_state->is_lost;
}

Result<Lease> Lease::acquire(ClusterWriter& writer, const std::string& release, const std::string& holder,
                             bool take_over, std::stop_token stop) {
    const std::string name_space = writer.reader().name_space();
    const std::string path = lease_path(name_space, release);
    const Json fresh{{"apiVersion", "coordination.k8s.io/v1"},
                     {"kind", "Lease"},
                     {"metadata",
                      {{"name", "safe-upgrade." + release},
                       {"namespace", name_space},
                       {"labels", {{"owner", "safe-upgrade"}}}}},
                     {"spec", lease_spec(holder)}};
    auto held = writer.create(api_path("coordination.k8s.io/v1", "leases", name_space), fresh, stop);
    if (!held && held.error().code == Errc::conflict) {
        SU_ASSIGN(Json present, writer.reader().get(path, stop));
        const std::string other = printable(text_at(present, {"spec", "holderIdentity"}));
        if (!other.empty()) {
            SU_ASSIGN(const bool alive, is_alive(writer.reader(), path, present, stop));
            if (alive) {
                return Error{Errc::conflict, "release " + release + " is being upgraded by " + other,
                             "wait for it to end; helm safe-upgrade history " + shell_quote(release)};
            }
            if (!take_over) {
                return Error{
                    Errc::conflict,
                    "release " + release + " was being upgraded by " + other +
                        ", which has stopped renewing its Lease",
                    "look at its state with helm safe-upgrade history, then repeat with --take-over"};
            }
            // `present` still has the resourceVersion seen before: two that take over at once cannot both
            // succeed
        }
        present["spec"] = lease_spec(holder);
        held = writer.replace(path, present, stop);
    }
    if (!held) return held.error().context("cannot take the Lease of release " + release);
    auto state = std::make_unique<State>();
    state->writer = &writer;
    state->path = path;
    state->object = std::move(*held);
    state->holder = holder;
    state->renewer = std::jthread([s = state.get()](std::stop_token token) {
        keep_renewing(*s->writer, s->path, s->object, s->is_lost, token);
    });
    return Lease(std::move(state));
}

std::string who_am_i() {
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    // a static program asks no name service (getpwuid would load one); the environment is good enough for a
    // name
    const char* user = std::getenv("USER");
    std::string name = user != nullptr ? user : "";
    if (name.empty()) name = ::geteuid() == 0 ? "root" : "uid " + std::to_string(::geteuid());
    return name + "@" + host.data() + " pid " + std::to_string(::getpid());
}

}  // namespace su
