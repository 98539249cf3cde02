// SPDX-License-Identifier: Apache-2.0
#include "steps/rollback_run.hpp"

#include "base/clock.hpp"
#include "base/text.hpp"
#include "steps/data_back.hpp"
#include "steps/helm_steps.hpp"
#include "steps/lease.hpp"
#include "steps/validate.hpp"
#include "steps/writers.hpp"

namespace su {

namespace {

class RollbackRun {
  public:
    RollbackRun(const RunContext& context, const RollbackJob& job) : m_context(context), m_job(job) {
        m_release = job.facts.current().name;
        m_what = job.revision > 0 ? "rollback to revision " + std::to_string(job.revision) : "restore";
    }

    Outcome run() {
        if (auto ready = prepare(); !ready) {
            drop_prepared(m_context, m_prepared);
            return refused(ready.error());
        }
        if (auto moved = move_data(); !moved) return undo_before_swap(moved.error());
        if (auto gone_back = go_back(); !gone_back) return stuck(gone_back.error());
        return validate_and_tell();
    }

  private:
    Result<void> prepare() {
        SU_TRY(run_step(m_context, "lease", "taking the Lease", [&]() -> Result<std::string> {
            SU_ASSIGN(auto lease, Lease::acquire(m_context.writer, m_release, m_context.by, m_job.take_over,
                                                 m_context.stop));
            m_lease.emplace(std::move(lease));
            return "held by " + m_context.by;
        }));
        if (!m_job.backup) return {};
        SU_TRY(run_step(m_context, "restore",
                        "restoring backup " + m_job.backup->manifest.id + " beside the present data",
                        [&]() -> Result<std::string> {
                            SU_ASSIGN(m_prepared, prepare_data(m_context, m_job.facts, *m_job.backup));
                            return std::string("every table has the backup's row count");
                        }));
        for (const auto& line : describe_newer(m_prepared)) m_context.note(line, true);
        const bool go_on =
            m_job.yes || (m_context.ask && m_context.ask("put the backup's data in place now? (what is there "
                                                         "now is kept under another name)"));
        if (!go_on) return Error{Errc::cancelled, "not confirmed", "repeat with --yes"};
        return {};
    }

    Result<void> move_data() {
        if (!m_job.backup) return {};
        SU_TRY(run_step(m_context, "stop-writers", "stopping the application", [&]() -> Result<std::string> {
            SU_TRY(stop_writers(m_context, m_job.facts, m_stopped));
            return plural(static_cast<std::int64_t>(m_stopped.size()), "workload") +
                   " at zero, all pods gone";
        }));
        return run_step(m_context, "swap", "putting the restored data in place",
                        [&]() -> Result<std::string> {
                            SU_ASSIGN(m_swapped, swap_data(m_context, m_prepared));
                            std::vector<std::string> kept;
                            for (const auto& one : m_swapped) kept.push_back(one.swap.kept_as);
                            return "what was there is kept as " + join(kept, ", ");
                        });
    }

    Result<void> go_back() {
        // from the swap on the first Ctrl-C is too late to leave things well: the run is brought to its end
        RunContext context = m_context;
        if (m_job.backup) context.stop = m_context.abort;
        if (m_job.revision == 0) {
            return run_step(context, "start-writers", "starting the application",
                            [&]() -> Result<std::string> {
                                SU_TRY(start_writers(context, m_stopped));
                                TrackRequest request;
                                request.release = m_job.facts.current();
                                request.old_pods = pod_uids(m_job.facts.scope);
                                request.timeout = m_job.timeout;
                                request.helm_state = [] { return std::optional(true); };
                                return ready_or_error(track(context, request));
                            });
        }
        SU_TRY(m_context.journal.write("rollback", {{"to", m_job.revision}}));
        return run_step(context, "rollback", "helm rollback to revision " + std::to_string(m_job.revision),
                        [&]() -> Result<std::string> {
                            return ready_or_error(helm_rollback_and_track(
                                context, m_job.facts, m_job.revision, m_job.timeout, !m_stopped.empty(),
                                [&] { return start_writers(context, m_stopped); }));
                        });
    }

    static Result<std::string> ready_or_error(Result<TrackEnd> end) {
        if (!end) return end.error();
        if (end->kind == TrackEnd::Kind::ready) return std::string("all workloads are ready");
        return Error{
            end->kind == TrackEnd::Kind::cancelled ? Errc::cancelled : Errc::tool_failed, end->message, {}};
    }

    /// What must hold now: the backup's own counts when data went back, else the baseline of the newest
    /// record.
    std::optional<Baseline> expected() const {
        std::optional<Baseline> baseline;
        if (!m_job.facts.records.empty()) baseline = m_job.facts.records.back().baseline;
        if (m_job.backup) {
            if (!baseline) baseline.emplace();
            baseline->databases.clear();
            for (const auto& one : m_prepared) {
                DatabaseBaseline database{one.db.id, one.db.name, one.db.server_version,
                                          text_at(one.artifact.facts, {"schema_version"}),
                                          one.restored.counts};
                baseline->databases.push_back(std::move(database));
            }
        }
        return baseline;
    }

    Outcome validate_and_tell() {
        const auto baseline = expected();
        Validation validation;
        const auto looked = run_step(m_context, "validate", "validating", [&]() -> Result<std::string> {
            SU_ASSIGN(validation, validate(m_context, m_release, m_job.facts.profile.profile,
                                           baseline ? &*baseline : nullptr, m_started));
            return std::string(validation.exit_code == 0 ? "all checks passed" : "see below");
        });
        Outcome outcome;
        outcome.headline = m_release + ": " + m_what + " done";
        if (!looked) {
            outcome.exit_code =
                looked.error().code == Errc::cancelled ? ExitCode::interrupted : ExitCode::could_not_look;
            outcome.headline += ", but it could not be validated: " + looked.error().message;
        } else if (validation.exit_code != 0) {
            outcome.exit_code = static_cast<ExitCode>(validation.exit_code);
            outcome.headline += ", but not all checks pass";
        } else {
            outcome.headline += " and validated";
        }
        for (const auto& one : m_swapped) {
            outcome.lines.push_back("the replaced database is kept as " + one.swap.kept_as +
                                    "; drop it when you are sure that nobody needs it");
        }
        record(validation, outcome);
        return close(outcome,
                     looked && validation.exit_code == 0 ? "validated" : "rolled back, not validated");
    }

    /// The revision that helm made gets a record of its own, so that a later rollback knows it as good (or
    /// not).
    void record(const Validation& validation, const Outcome& outcome) {
        if (m_job.revision == 0) return;
        const auto history =
            load_history(m_context.reader(), m_context.helm, m_context.driver, m_release, m_context.abort);
        if (!history || history->empty())
            return m_context.note("the record could not be written: no history", true);
        const Release& made = history->back();
        Record record;
        record.release = m_release;
        record.name_space = m_job.facts.name_space;
        record.revision = made.revision;
        record.incarnation = made.first_deployed;
        record.state = validation.exit_code == 0 ? "validated" : "upgraded";
        record.strategy = m_job.backup ? "rollback with data" : "rollback";
        record.from_revision = m_job.facts.history.back().revision;
        record.from_chart = m_job.facts.current().chart_name + "-" + m_job.facts.current().chart_version;
        record.to_chart = made.chart_name + "-" + made.chart_version;
        record.started_at = m_started;
        record.finished_at = to_rfc3339(now());
        record.by = m_context.by;
        record.message = outcome.headline;
        record.baseline = expected().value_or(Baseline{});
        record.validation = summary_json(validation.results);
        if (m_job.backup) record.backup_id = m_job.backup->manifest.id;
        if (auto wrote = write_record(m_context.writer, record, m_context.abort); !wrote) {
            m_context.note("the record could not be written to the cluster: " + wrote.error().message, true);
        }
    }

    Outcome refused(const Error& error) {
        Outcome outcome;
        outcome.exit_code = error.code == Errc::cancelled ? ExitCode::interrupted : ExitCode::refused;
        outcome.headline = m_what + ": nothing was changed: " + error.message;
        if (!error.hint.empty()) outcome.lines.push_back(error.hint);
        return close(outcome, "refused");
    }

    Outcome undo_before_swap(const Error& error) {
        const auto started = start_writers(m_context, m_stopped);
        drop_prepared(m_context, m_prepared);
        Outcome outcome;
        outcome.exit_code = error.code == Errc::cancelled ? ExitCode::interrupted : ExitCode::refused;
        outcome.headline = m_what + " failed before any data was replaced: " + error.message;
        outcome.lines.emplace_back(started ? "the application was started again as it was"
                                           : "and the application could not be started again: " +
                                                 started.error().message);
        if (!started) outcome.exit_code = ExitCode::needs_person;
        return close(outcome, "refused");
    }

    Outcome stuck(const Error& error) {
        Outcome outcome;
        outcome.exit_code = ExitCode::needs_person;
        outcome.headline = m_what + " did not come to its end: " + error.message;
        for (const auto& one : m_swapped) {
            outcome.lines.push_back("the backup's data is in place in " + one.db.name +
                                    "; what was there before is kept as " + one.swap.kept_as);
        }
        if (m_job.revision > 0) {
            outcome.commands.push_back("helm safe-upgrade rollback " + shell_quote(m_release) + " " +
                                       std::to_string(m_job.revision) + m_context.command_flags);
        }
        outcome.commands.push_back("kubectl upgrade-validate " + shell_quote(m_release) +
                                   m_context.command_flags);
        return close(outcome, "needs-person");
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
    const RollbackJob& m_job;
    std::string m_release;
    std::string m_what;
    std::string m_started = to_rfc3339(now());
    std::optional<Lease> m_lease;
    std::vector<PreparedDatabase> m_prepared;
    std::vector<StoppedWorkload> m_stopped;
    std::vector<Swapped> m_swapped;
};

}  // namespace

Outcome run_rollback(const RunContext& context, const RollbackJob& job) {
    return RollbackRun(context, job).run();
}

}  // namespace su
