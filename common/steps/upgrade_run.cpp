// SPDX-License-Identifier: Apache-2.0
#include "steps/upgrade_run.hpp"

#include "base/clock.hpp"
#include "base/text.hpp"
#include "steps/backup_step.hpp"
#include "steps/failure.hpp"
#include "steps/helm_steps.hpp"
#include "steps/lease.hpp"
#include "steps/tracker.hpp"
#include "steps/validate.hpp"

namespace su {

namespace {

class UpgradeRun {
  public:
    UpgradeRun(const RunContext& context, const UpgradeJob& job) : m_context(context), m_job(job) {}

    Outcome run() {
        // until here nothing is changed, and up to the upgrade itself only small objects of our own are
        // written
        if (auto ready = prepare(); !ready) return refused(ready.error());
        return upgrade_and_judge();
    }

  private:
    Result<void> prepare() {
        SU_TRY(run_step(m_context, "lease", "taking the Lease", [&]() -> Result<std::string> {
            SU_ASSIGN(auto lease, Lease::acquire(m_context.writer, m_job.options.release, m_context.by,
                                                 m_job.options.take_over, m_context.stop));
            m_lease.emplace(std::move(lease));
            SU_TRY(check_revision());
            return "held by " + m_context.by;
        }));
        SU_TRY(m_context.journal.write("backup", {{"root", m_job.options.backup_root.string()}}));
        SU_TRY(run_step(m_context, "backup", "backing up", [&]() -> Result<std::string> {
            SU_ASSIGN(m_backup, make_backup(m_context, m_job.facts, m_job.options.backup_root,
                                            m_job.options.without_backup));
            return describe_backup();
        }));
        return run_step(m_context, "baseline", "capturing the baseline", [&]() -> Result<std::string> {
            SU_ASSIGN(const Baseline baseline, baseline_with(m_context, m_job.facts, m_backup.manifest));
            begin_record(baseline);
            SU_TRY(write_record(m_context.writer, m_record, m_context.stop));
            for (const auto& missing : baseline.missing)
                m_context.note("not in the baseline: " + missing, true);
            return "kept in Secret safe-upgrade." + m_record.release + ".r" +
                   std::to_string(m_record.revision);
        });
    }

    /// Plain helm knows no lock: the revision is read again before the writes begin.
    Result<void> check_revision() {
        SU_ASSIGN(const auto history, load_history(m_context.reader(), m_context.helm, m_context.driver,
                                                   m_job.options.release, m_context.stop));
        const int revision = history.empty() ? 0 : history.back().revision;
        if (revision == m_job.plan.from_revision) return {};
        return Error{Errc::conflict,
                     "the release is at revision " + std::to_string(revision) +
                         " now, the plan was made for " + std::to_string(m_job.plan.from_revision),
                     "somebody else upgraded; make a new plan"};
    }

    std::string describe_backup() const {
        std::uint64_t bytes = 0;
        for (const auto& artifact : m_backup.manifest.artifacts) bytes += artifact.length;
        return level_name(m_backup.manifest.level()) + ", " + human_bytes(bytes) + " in " +
               m_backup.path.string();
    }

    void begin_record(const Baseline& baseline) {
        m_record.release = m_job.options.release;
        m_record.name_space = m_job.facts.name_space;
        m_record.revision = m_job.plan.from_revision + 1;
        m_record.incarnation = m_job.facts.history.back().first_deployed;
        m_record.state = "running";
        m_record.backup_id = m_backup.manifest.id;
        m_record.backup_place =
            m_context.by.substr(m_context.by.find('@') + 1) + " " + m_backup.path.string();
        m_record.from_revision = m_job.facts.current().revision;
        m_record.from_chart = m_job.plan.from_chart;
        m_record.to_chart = m_job.plan.to_chart;
        m_record.started_at = to_rfc3339(now());
        m_record.by = m_context.by;
        m_record.baseline = baseline;
    }

    Outcome refused(const Error& error) {
        Outcome outcome;
        const bool interrupted = error.code == Errc::cancelled;
        outcome.exit_code = interrupted ? ExitCode::interrupted : ExitCode::refused;
        outcome.headline = (interrupted ? "interrupted before anything was changed"
                                        : "nothing was upgraded: " + error.message);
        if (!error.hint.empty()) outcome.lines.push_back(error.hint);
        outcome.lines.push_back("release " + m_job.options.release + " still runs revision " +
                                std::to_string(m_job.facts.current().revision));
        // a record that was begun must not say "running" for ever
        return m_record.state.empty() ? close(outcome, "refused") : finish(outcome, "refused");
    }

    Outcome upgrade_and_judge() {
        const std::string t0 = to_rfc3339(now());
        auto end = TrackEnd{};
        if (auto still = may_write(); !still) return refused(still.error());
        const auto done = run_step(
            m_context, "upgrade", "upgrading to " + m_job.plan.to_chart, [&]() -> Result<std::string> {
                SU_ASSIGN(end, helm_upgrade_and_track(m_context, m_job, m_logs));
                if (end.kind == TrackEnd::Kind::ready) return std::string("all workloads are ready");
                return Error{end.kind == TrackEnd::Kind::cancelled ? Errc::cancelled : Errc::tool_failed,
                             end.message,
                             {}};
            });
        if (!done && end.kind == TrackEnd::Kind::ready) return not_seen(done.error());
        if (end.kind != TrackEnd::Kind::ready) return failed(end);
        return validate_and_judge(t0);
    }

    /// The backup may have taken hours: everything is looked at once more right before the first real write.
    Result<void> may_write() {
        if (m_context.stop.stop_requested()) return Error{Errc::cancelled, "interrupted", {}};
        if (m_lease->lost()) return Error{Errc::conflict, "the Lease was lost before the upgrade", {}};
        SU_TRY(check_revision());
        return m_context.journal.write("upgrade",
                                       {{"to", m_job.plan.to_chart}, {"backup", m_backup.manifest.id}});
    }

    /// helm could not begin, or the cluster cannot be watched: an error of ours is no failure of the
    /// application.
    Outcome not_seen(const Error& error) {
        if (check_revision()) return refused(error);
        return could_not_look(error.message);
    }

    Outcome validate_and_judge(const std::string& since) {
        Validation validation;
        const auto looked = run_step(m_context, "validate", "validating", [&]() -> Result<std::string> {
            SU_ASSIGN(validation, validate(m_context, m_job.options.release, m_job.facts.profile.profile,
                                           &m_record.baseline, since, m_logs.result()));
            return std::string(validation.exit_code == 0 ? "all checks passed" : "see below");
        });
        m_record.validation = summary_json(validation.results);
        if (!looked && looked.error().code == Errc::cancelled) return interrupted_after_upgrade();
        if (!looked || validation.exit_code == static_cast<int>(ExitCode::could_not_look)) {
            return could_not_look(looked ? "" : looked.error().message);
        }
        if (validation.exit_code != 0) return failed_checks(validation);
        Outcome outcome;
        outcome.headline = m_job.options.release + " is upgraded to " + m_job.plan.to_chart + " (revision " +
                           std::to_string(m_record.revision) + ") and validated";
        outcome.lines.push_back("backup " + m_backup.manifest.id + " (" +
                                level_name(m_backup.manifest.level()) + ") in " + m_backup.path.string());
        outcome.commands.push_back("kubectl upgrade-validate " + shell_quote(m_job.options.release) +
                                   m_context.command_flags);
        return finish(outcome, "validated");
    }

    Outcome interrupted_after_upgrade() {
        Outcome outcome;
        outcome.exit_code = ExitCode::interrupted;
        outcome.headline = "interrupted while validating: the release is upgraded and not validated";
        outcome.commands.push_back("kubectl upgrade-validate " + shell_quote(m_job.options.release) +
                                   m_context.command_flags);
        outcome.commands.push_back(back_command(m_context, m_record, true));
        return finish(outcome, "upgraded");
    }

    Outcome could_not_look(const std::string& why) {
        Outcome outcome;
        outcome.exit_code = ExitCode::could_not_look;
        outcome.headline =
            "upgraded, but a required check could not be made" + (why.empty() ? "" : ": " + why);
        outcome.lines.emplace_back("nothing was rolled back: not seen is neither well nor failed");
        outcome.commands.push_back("kubectl upgrade-validate " + shell_quote(m_job.options.release) +
                                   m_context.command_flags);
        outcome.commands.push_back(back_command(m_context, m_record, true));
        return finish(outcome, "upgraded");
    }

    Outcome failed_checks(const Validation& validation) {
        std::vector<std::string> names;
        for (const auto& result : validation.results) {
            if (result.verdict == Verdict::fail) names.push_back(result.id + ": " + result.message);
        }
        return go_back("validation failed: " + join(names, "; "));
    }

    Outcome failed(const TrackEnd& end) {
        if (end.kind != TrackEnd::Kind::cancelled) m_context.sink.on(CauseFound{find_cause(m_context, end)});
        m_interrupted = end.kind == TrackEnd::Kind::cancelled;
        return go_back(m_interrupted ? "interrupted during the upgrade" : end.message);
    }

    Outcome go_back(const std::string& why) {
        FailureJob failure{m_job, m_record, m_backup, why, [this] { return m_lease->lost(); }, m_interrupted};
        const FailureEnd end = resolve_failure(m_context, failure);
        return finish(end.outcome, end.state);
    }

    Outcome finish(Outcome outcome, const std::string& state) {
        m_record.state = state;
        m_record.finished_at = to_rfc3339(now());
        m_record.message = outcome.headline;
        // also after a second Ctrl-C: it takes a moment and tells the truth to all who come later
        if (auto wrote = write_record(m_context.writer, m_record, {}); !wrote) {
            m_context.note("the record could not be written to the cluster: " + wrote.error().message, true);
        }
        return close(std::move(outcome), state);
    }

    Outcome close(Outcome outcome, const std::string& state) {
        (void)m_context.journal.write("end", {{"state", state},
                                              {"exit_code", static_cast<int>(outcome.exit_code)},
                                              {"message", outcome.headline}});
        m_lease.reset();
        m_context.sink.on(outcome);
        return outcome;
    }

    const RunContext& m_context;
    const UpgradeJob& m_job;
    std::optional<Lease> m_lease;
    StoredBackup m_backup;
    LogFollower m_logs{m_context.reader(), pod_uids(m_job.facts.scope)};
    Record m_record;
    bool m_interrupted = false;
};

}  // namespace

Outcome run_upgrade(const RunContext& context, const UpgradeJob& job) {
    return UpgradeRun(context, job).run();
}

}  // namespace su
