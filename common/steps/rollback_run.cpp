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
        auto ready = prepare();
        if (ready) ready = begin_record();
        if (!ready) {
            drop_prepared(m_context, m_prepared);
            return refused(ready.error());
        }
        if (auto moved = move_data(); !moved) {
            // with nothing swapped the application is started as it was; else it stays stopped, and a person
            // is told all
            return m_swapped.empty() && !m_swap_unknown ? undo_before_swap(moved.error())
                                                        : stuck(moved.error());
        }
        if (auto gone_back = go_back(); !gone_back) return stuck(gone_back.error());
        return validate_and_tell();
    }

  private:
    Result<void> prepare() {
        SU_TRY(run_step(m_context, "lease", "taking the Lease", [&]() -> Result<std::string> {
            SU_ASSIGN(auto lease, Lease::acquire(m_context.writer, m_release, m_context.by, m_job.take_over,
                                                 m_context.stop));
            m_lease.emplace(std::move(lease));
            SU_TRY(may_go_on());
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

    /// The Lease is still ours, and plain helm (which knows no lock) has not made another revision.
    Result<void> may_go_on() {
        if (m_lease->lost()) return Error{Errc::conflict, "the Lease was lost: somebody else is at work", {}};
        SU_ASSIGN(const auto history, load_history(m_context.reader(), m_context.helm, m_context.driver,
                                                   m_release, m_context.stop));
        if (!history.empty() && history.back().revision == m_job.facts.history.back().revision) return {};
        return Error{Errc::conflict, "the release has another revision now than when this was looked at",
                     "look again: helm safe-upgrade history " + shell_quote(m_release)};
    }

    /// Before anything is changed: a killed way back is then seen by `status` from any machine.
    Result<void> begin_record() {
        const Release& newest = m_job.facts.history.back();
        m_record.release = m_release;
        m_record.name_space = m_job.facts.name_space;
        m_record.revision = newest.revision + 1;
        m_record.incarnation = newest.first_deployed;
        m_record.state = "running";
        m_record.strategy = m_job.backup ? m_what + " with data" : m_what;
        m_record.from_revision = newest.revision;
        m_record.from_chart = newest.chart_name + "-" + newest.chart_version;
        m_record.started_at = m_started;
        m_record.by = m_context.by;
        m_record.message = m_what + " begun";
        m_record.baseline = expected().value_or(Baseline{});
        if (m_job.backup) m_record.backup_id = m_job.backup->manifest.id;
        return write_record(m_context.writer, m_record, m_context.stop);
    }

    Result<void> move_data() {
        if (!m_job.backup) return {};
        SU_TRY(may_go_on());
        SU_TRY(run_step(m_context, "stop-writers", "stopping the application", [&]() -> Result<std::string> {
            SU_TRY(stop_writers(m_context, m_job.facts, m_stopped));
            return plural(static_cast<std::int64_t>(m_stopped.size()), "workload") +
                   " at zero, all pods gone";
        }));
        return run_step(m_context, "swap", "putting the restored data in place",
                        [&]() -> Result<std::string> {
                            SU_TRY(may_go_on());
                            SU_TRY(m_context.journal.write("rollback", {{"to", m_job.revision}}));
                            if (auto done = swap_data(m_context, m_prepared, m_swapped); !done) {
                                const Errc code = done.error().code;
                                m_swap_unknown =
                                    code == Errc::cut || code == Errc::timed_out || code == Errc::unreachable;
                                return done.error();
                            }
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
        if (!m_job.backup) {
            SU_TRY(m_context.journal.write("rollback", {{"to", m_job.revision}}));
        }
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
        m_record.validation = summary_json(validation.results);
        return close(outcome, looked && validation.exit_code == 0 ? "validated" : "upgraded");
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
        if (!started) {
            outcome.exit_code = ExitCode::needs_person;
            add_stopped(outcome);
        }
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
        if (m_swap_unknown) {
            outcome.lines.emplace_back(
                "whether the databases were swapped is not known; look at them before anything is started");
        }
        add_stopped(outcome);
        if (m_job.revision > 0) {
            outcome.commands.push_back("helm safe-upgrade rollback " + shell_quote(m_release) + " " +
                                       std::to_string(m_job.revision) + m_context.command_flags);
        }
        outcome.commands.push_back("kubectl upgrade-validate " + shell_quote(m_release) +
                                   m_context.command_flags);
        return close(outcome, "needs-person");
    }

    /// What still stands at zero, and how to start it again.
    void add_stopped(Outcome& outcome) const {
        for (const auto& workload : m_stopped) {
            outcome.lines.push_back(workload.kind + "/" + workload.name + " was stopped; it had " +
                                    plural(workload.replicas, "replica"));
            outcome.commands.push_back("kubectl scale " + to_lower(workload.kind) + "/" + workload.name +
                                       " --replicas=" + std::to_string(workload.replicas) + " -n " +
                                       shell_quote(m_job.facts.name_space));
        }
    }

    Outcome close(Outcome outcome, const std::string& state) {
        (void)m_context.journal.write("end", {{"state", state},
                                              {"exit_code", static_cast<int>(outcome.exit_code)},
                                              {"message", outcome.headline}});
        if (!m_record.state.empty()) {
            m_record.state = state;
            m_record.finished_at = to_rfc3339(now());
            m_record.message = outcome.headline;
            if (auto wrote = write_record(m_context.writer, m_record, {}); !wrote) {
                m_context.note("the record could not be written to the cluster: " + wrote.error().message,
                               true);
            }
        }
        m_lease.reset();
        m_context.sink.on(outcome);
        return outcome;
    }

    const RunContext& m_context;
    const RollbackJob& m_job;
    Record m_record;
    std::string m_release;
    std::string m_what;
    std::string m_started = to_rfc3339(now());
    std::optional<Lease> m_lease;
    std::vector<PreparedDatabase> m_prepared;
    std::vector<StoppedWorkload> m_stopped;
    std::vector<Swapped> m_swapped;
    bool m_swap_unknown = false;
};

}  // namespace

Outcome run_rollback(const RunContext& context, const RollbackJob& job) {
    return RollbackRun(context, job).run();
}

}  // namespace su
