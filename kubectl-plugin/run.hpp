// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "checks/check.hpp"
#include "cluster/connection.hpp"
#include "kubectl-plugin/options.hpp"
#include "plan/facts.hpp"

#include <stop_token>

namespace su {

/// Does the job; prints; the exit code.
int run(const Options& options);

/// The application as it was found: by release through Helm's history, or by selector.
struct Subject {
    Scope scope;
    ProfileChoice profile;
    FoundDatabases databases;
    std::vector<Record> records;
};
Result<Subject> find_subject(Connection& connection, const Options& options, std::stop_token stop);

struct ChosenBaseline {
    std::optional<Baseline> baseline;
    std::string sentence;  ///< which one, or why none
};
/// `auto`: the run's record of this revision, else the capture, else the newest record.
Result<ChosenBaseline> choose_baseline(const Options& options, const Subject& subject);

/// "--since", or when the running revision was deployed.
Result<std::string> choose_since(const Options& options, const Subject& subject);

int scan_logs(const Options& options);

/// Tells an error on stderr (with -o json on stdout, as an object); its exit code.
int report_error(const Error& error, const Options& options);

}  // namespace su
