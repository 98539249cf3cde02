// SPDX-License-Identifier: Apache-2.0
// What several check kinds need; shared only inside checks/.
#pragma once

#include "checks/check.hpp"

#include <functional>

namespace su::checks {

/// The workload that a pod belongs to: "Deployment", "photos-server". A ReplicaSet's pod names its Deployment
/// through the hash that the Deployment's controller put into both names.
struct Owner {
    std::string kind;
    std::string name;
    bool operator==(const Owner&) const = default;
};
Owner owner_of(const Json& pod);
Owner identity_of(const Json& workload);
std::vector<const Json*> pods_of(const Scope& scope, const Json& workload);

std::string name_of(const Json& object);
/// Being deleted, or ended: its state says nothing about the application now.
bool is_leaving(const Json& pod);
bool is_ready(const Json& pod);
std::vector<const Json*> container_statuses(const Json& pod);  ///< init containers first

/// Does the object carry this component's name: by label (component, name), or by its own name's end?
bool is_component(const Json& object, const std::string& component);

/// fn(0) ... fn(count - 1) in at most `threads` threads.
void parallel_for(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& fn);

/// A tool's or cluster's words as one printable line without secrets.
std::string shown_line(std::string_view words);
/// "could not look" from an Error.
CheckResult could_not_look(const Error& error, const std::string& what);
CheckResult result_of(Verdict verdict, std::string message, std::string hint = {});
/// The worse of two, for a check that looks at several things: pass < skip < warn < error < fail.
Verdict worse(Verdict a, Verdict b);

}  // namespace su::checks
