// SPDX-License-Identifier: Apache-2.0
#include "kubectl-plugin/run.hpp"

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "cluster/connection.hpp"
#include "diff/mask.hpp"
#include "kubectl-plugin/signals.hpp"
#include "report/validation.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace su {

namespace {

ClusterTarget target_of(const Options& options) {
    ClusterTarget target = options.target;
    const char* program = std::getenv("SAFE_UPGRADE_KUBECTL");
    if (target.kubectl == "kubectl" && program != nullptr && *program != '\0') target.kubectl = program;
    return target;
}

ExitCode code_of(Errc code) {
    switch (code) {
        case Errc::usage:
            return ExitCode::usage;
        case Errc::cancelled:
            return ExitCode::interrupted;
        case Errc::forbidden:
        case Errc::unreachable:
        case Errc::timed_out:
        case Errc::cut:
            return ExitCode::could_not_look;
        default:
            return ExitCode::error;
    }
}

/// One line on a terminal's stderr that is wiped when the result comes.
class Progress {
  public:
    Progress() : m_style(Style::of(stderr)) {}
    ~Progress() { wipe(); }
    void say(const std::string& text) {
        if (!m_style.live) return;
        wipe();
        std::cerr << m_style.dim(text) << std::flush;
        m_shown = true;
    }
    void wipe() {
        if (m_shown) std::cerr << "\r\033[2K" << std::flush;
        m_shown = false;
    }

  private:
    Style m_style;
    bool m_shown = false;
};

void print_result(const Options& options, const ValidationHead& head, const std::vector<CheckResult>& results,
                  int code) {
    if (options.output == "json") {
        std::cout << dump_json(validation_json(head, results, code), 2) << "\n";
    } else if (options.output == "junit") {
        std::cout << validation_junit(head, results);
    } else if (options.output == "markdown") {
        std::cout << validation_markdown(head, results);
    } else {
        std::cout << validation_text(results, Style::of(stdout));
    }
    std::cout << std::flush;
}

ValidationHead head_of(const Subject& subject, const ChosenBaseline& baseline, const std::string& since) {
    ValidationHead head;
    head.release = subject.scope.release;
    head.name_space = subject.scope.name_space;
    head.revision = subject.scope.current ? subject.scope.current->revision : 0;
    head.profile = subject.profile.profile.name;
    head.baseline = baseline.sentence;
    head.since = since;
    return head;
}

void tell_head(const ValidationHead& head) {
    const std::string revision = head.revision > 0 ? ", revision " + std::to_string(head.revision) : "";
    std::cerr << printable(head.release + " in " + head.name_space + revision + ", profile " + head.profile +
                               ", since " + head.since + "\n",
                           true)
              << printable(head.baseline.empty() ? "no baseline to compare with\n"
                                                 : "compared with the " + head.baseline + "\n",
                           true);
}

Result<int> validate(const Options& options, std::stop_token stop) {
    const auto started = std::chrono::steady_clock::now();
    const std::string began = to_rfc3339_micro(now());
    Progress progress;
    progress.say("connecting ...");
    SU_ASSIGN(auto connection, Connection::open(target_of(options), stop));
    progress.say("reading the release ...");
    SU_ASSIGN(const auto subject, find_subject(connection, options, stop));
    SU_ASSIGN(const auto baseline, choose_baseline(options, subject));
    SU_ASSIGN(const auto since, choose_since(options, subject));
    auto head = head_of(subject, baseline, since);
    progress.wipe();
    if (options.output == "text") tell_head(head);
    progress.say("checking ...");
    CheckContext context{connection.reader(), subject.scope, subject.profile.profile, subject.databases};
    context.baseline = baseline.baseline ? &*baseline.baseline : nullptr;
    context.since = since;
    context.expected_revision = head.revision;
    context.looked_from = began;
    const auto results = run_checks(checks_for(subject.profile.profile), context, stop);
    progress.wipe();
    if (stop.stop_requested()) return Error{Errc::cancelled, "interrupted; nothing was changed", {}};
    head.duration =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
    int code = exit_code_of(results);
    const bool warned = std::any_of(results.begin(), results.end(),
                                    [](const CheckResult& r) { return r.verdict == Verdict::warn; });
    if (code == 0 && warned && options.fail_on == "warn") code = static_cast<int>(ExitCode::checks_failed);
    print_result(options, head, results, code);
    return code;
}

std::string user_at_host() {
    char host[256] = {};
    ::gethostname(host, sizeof host - 1);
    const char* user = std::getenv("USER");
    return std::string(user != nullptr ? user : "?") + "@" + host;
}

Result<void> store(Connection& connection, const Options& options, const Subject& subject,
                   const Baseline& baseline, std::stop_token stop) {
    if (!options.file.empty()) return write_file(options.file, dump_json(to_json(baseline), 2) + "\n");
    Record record;
    record.release = options.release;
    record.name_space = subject.scope.name_space;
    record.revision = subject.scope.current->revision;
    record.incarnation = subject.scope.current->first_deployed;
    record.state = "captured";
    record.from_revision = record.revision;
    record.from_chart = subject.scope.current->chart_name + "-" + subject.scope.current->chart_version;
    record.started_at = baseline.captured_at;
    record.finished_at = to_rfc3339(now());
    record.by = user_at_host();
    record.message = "captured by kubectl upgrade-validate";
    record.baseline = baseline;
    auto written = write_record(connection.writer(), record, stop);
    if (!written && written.error().code == Errc::forbidden) {
        return Error{Errc::forbidden, written.error().message,
                     "keep it in a file: --file FILE, and later --baseline FILE"};
    }
    return written;
}

std::string capture_text(const Options& options, const Baseline& baseline) {
    std::int64_t rows = 0;
    std::size_t tables = 0;
    for (const auto& database : baseline.databases) {
        tables += database.tables.size();
        for (const auto& [table, count] : database.tables) rows += count;
    }
    std::string text =
        "captured: " + plural(static_cast<std::int64_t>(baseline.workloads.size()), "workload") + ", " +
        plural(static_cast<std::int64_t>(baseline.databases.size()), "database") + " (" +
        plural(static_cast<std::int64_t>(tables), "table") + ", " + plural(rows, "row") + "), logs of " +
        plural(static_cast<std::int64_t>(baseline.logs.size()), "container") + "\n";
    for (const auto& missing : baseline.missing)
        text += "  could not capture " + printable(mask_text(missing)) + "\n";
    const std::string where =
        options.file.empty() ? "Secret safe-upgrade." + options.release + ".captured" : options.file;
    return text + "kept in " + printable(where) + "\n";
}

Result<int> capture(const Options& options, std::stop_token stop) {
    Progress progress;
    progress.say("connecting ...");
    SU_ASSIGN(auto connection, Connection::open(target_of(options), stop));
    progress.say("reading the release ...");
    SU_ASSIGN(const auto subject, find_subject(connection, options, stop));
    progress.say("capturing ...");
    SU_ASSIGN(const auto baseline, capture_baseline(connection.reader(), subject.scope,
                                                    subject.profile.profile, subject.databases, stop));
    SU_TRY(store(connection, options, subject, baseline, stop));
    progress.wipe();
    if (options.output == "json") {
        std::cout << dump_json(to_json(baseline), 2) << "\n";
    } else {
        std::cout << capture_text(options, baseline);
    }
    return static_cast<int>(baseline.missing.empty() ? ExitCode::well : ExitCode::could_not_look);
}

int list_checks(const Options& options) {
    if (options.output == "json") {
        Json list = Json::array();
        for (const auto& kind : check_kinds()) {
            list.push_back({{"kind", kind.name},
                            {"summary", kind.summary},
                            {"keys", kind.keys},
                            {"requiredKeys", kind.required_keys}});
        }
        std::cout << dump_json(list, 2) << "\n";
        return 0;
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& kind : check_kinds()) {
        const std::string keys = kind.keys.empty() ? "" : " (" + join(kind.keys, ", ") + ")";
        rows.push_back({std::string(kind.name), std::string(kind.summary) + keys});
    }
    std::cout << table(rows, Style::of(stdout).width);
    return 0;
}

}  // namespace

int report_error(const Error& error, const Options& options) {
    const int code = static_cast<int>(code_of(error.code));
    const std::string message = printable(mask_text(error.message));
    if (options.output == "json") {
        std::cout << dump_json(
                         {{"format", 1},
                          {"exitCode", code},
                          {"error",
                           {{"code", errc_name(error.code)}, {"message", message}, {"hint", error.hint}}}},
                         2)
                  << "\n";
    }
    std::cerr << Style::of(stderr).bad("error: ") << message << "\n";
    if (!error.hint.empty()) std::cerr << "  " << printable(error.hint) << "\n";
    return code;
}

int run(const Options& options) {
    switch (options.job) {
        case Job::version:
            std::cout << "safe-upgrade " SU_VERSION "\n";
            return 0;
        case Job::completion:
            std::cout << bash_completion();
            return 0;
        case Job::list_checks:
            return list_checks(options);
        case Job::scan_logs:
            return scan_logs(options);
        default:
            break;
    }
    const Signals signals;
    const auto code =
        options.job == Job::capture ? capture(options, signals.stop()) : validate(options, signals.stop());
    if (code) return *code;
    if (signals.stop().stop_requested())
        return report_error({Errc::cancelled, "interrupted; nothing was changed", {}}, options);
    return report_error(code.error(), options);
}

}  // namespace su
