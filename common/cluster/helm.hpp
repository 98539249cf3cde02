// SPDX-License-Identifier: Apache-2.0
// The user's own helm ($HELM_BIN, else helm on PATH). The only place that spells helm's argv.
#pragma once

#include "base/result.hpp"
#include "cluster/release.hpp"
#include "cluster/target.hpp"
#include "process/process.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace su {

struct HelmVersion {
    int major = 0;
    int minor = 0;
    int patch = 0;
    std::string text;  ///< "v3.22.0"
};

class Helm {
  public:
    Helm(std::string program, ClusterTarget target);

    Result<HelmVersion> version(std::stop_token stop);

    /// One dry run of `helm upgrade` (client side, so that no write right is needed) with these flags; the
    /// release that would be made: chart, config (the merged user values), manifest, hooks. Errors:
    /// tool_failed with helm's words.
    Result<Release> render(const std::string& release, const std::string& chart,
                           const std::vector<std::string>& passed_on, std::stop_token stop);

    struct UpgradeCall {
        std::string release;
        std::string chart;
        std::vector<std::string> passed_on;  ///< chart and behaviour flags, without value flags
        std::filesystem::path values_file;   ///< 0600; exactly the values that were planned
        std::chrono::milliseconds timeout{300'000};
        std::function<void(std::string_view)> on_error_output;
    };
    /// `helm upgrade` without --wait: our tracker watches. Helm gets SIGTERM once when `stop` is set and is
    /// waited for.
    Result<ProcessResult> upgrade(const UpgradeCall& call, std::stop_token stop);
    /// `helm rollback RELEASE REVISION` without --wait. `force_conflicts` (Helm 4 only): fields that our own
    /// scaling took.
    Result<ProcessResult> rollback(const std::string& release, int revision, bool no_hooks,
                                   bool force_conflicts, std::chrono::milliseconds timeout,
                                   std::stop_token stop);
    /// For the sql driver.
    Result<std::vector<Release>> history(const std::string& release, std::stop_token stop);

    /// helm's own words for a failed result, or a helpful sentence for a known one ("another operation is in
    /// progress").
    static Error explain(const ProcessResult& result, const std::string& what);

    [[nodiscard]] const std::string& program() const { return m_program; }

  private:
    [[nodiscard]] Command command(std::vector<std::string> argv) const;
    std::string m_program;
    ClusterTarget m_target;
};

}  // namespace su
