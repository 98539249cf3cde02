// SPDX-License-Identifier: Apache-2.0
#include "steps/failure.hpp"

#include "base/text.hpp"
#include "steps/helm_steps.hpp"
#include "steps/validate.hpp"

namespace su {

std::string back_command(const RunContext& context, const Record& record, bool with_data) {
    return "helm safe-upgrade rollback " + shell_quote(record.release) + " " +
           std::to_string(record.from_revision) +
           (with_data && !record.backup_id.empty() ? " --with-data " + shell_quote(record.backup_id) : "") +
           context.command_flags;
}

namespace {

class Failure {
  public:
    Failure(const RunContext& context, const FailureJob& failure) : m_context(context), m_failure(failure) {
        // the first Ctrl-C asked to stop the upgrade, not its way back
        m_context.stop = context.abort;
    }

    FailureEnd resolve() {
        const auto& options = m_failure.job.options;
        std::string schema_why;
        const auto schema = compare_schema(m_context, m_failure.job.facts, m_failure.record.baseline,
                                           schema_why, m_context.stop);
        if (options.on_failure == OnFailure::keep) return kept();
        if (schema != SchemaState::same) return needs_person(schema_why);
        if (options.on_failure == OnFailure::ask && !(m_context.ask && m_context.ask("roll back now?")))
            return kept();
        const WayBack way = choose_known_good(m_failure.job.facts.history, m_failure.job.facts.records,
                                              m_failure.job.plan.from_revision + 1);
        for (const auto& skipped : way.skipped) m_context.note("not going back to " + skipped);
        if (way.revision == 0) return needs_person("no revision is known to be good");
        // the schema was compared with the data as it was before this run, under that revision and no other
        if (way.revision != m_failure.record.baseline.revision) {
            return needs_person("the newest good revision, " + std::to_string(way.revision) +
                                ", is older than the one whose data was there before this run");
        }
        return roll_back(way, schema_why);
    }

  private:
    FailureEnd kept() {
        Outcome outcome;
        outcome.exit_code = m_failure.interrupted ? ExitCode::interrupted : ExitCode::failed_and_kept;
        outcome.headline = m_failure.why + "; kept as it is, as --on-failure asked";
        outcome.commands.push_back(back_command(m_context, m_failure.record, true));
        return {outcome, "kept"};
    }

    FailureEnd needs_person(const std::string& why) {
        Outcome outcome;
        outcome.exit_code = ExitCode::needs_person;
        outcome.headline = m_failure.why + "; not rolled back: " + why;
        outcome.lines.emplace_back("manifests alone would put the old program under data that has moved on");
        outcome.lines.push_back("the backup from before is " + m_failure.backup.path.string());
        outcome.lines.emplace_back(
            "this brings manifests and data back (what was written since the backup is shown and kept):");
        outcome.commands.push_back(back_command(m_context, m_failure.record, true));
        return {outcome, "needs-person"};
    }

    FailureEnd roll_back(const WayBack& way, const std::string& schema_why) {
        if (m_failure.lease_lost())
            return needs_person("the Lease was lost: somebody else is at work on this release");
        (void)m_context.journal.write("rollback", {{"to", way.revision}, {"why", m_failure.why}});
        TrackEnd end;
        const std::string title = "rolling back to revision " + std::to_string(way.revision);
        const auto done = run_step(m_context, "rollback", title, [&]() -> Result<std::string> {
            SU_ASSIGN(end, helm_rollback_and_track(m_context, m_failure.job.facts, way.revision,
                                                   m_failure.job.options.timeout, false));
            if (end.kind == TrackEnd::Kind::ready) return way.why;
            return Error{Errc::tool_failed, end.message, {}};
        });
        if (!done) return needs_person("rolling back failed: " + done.error().message);
        const auto checked =
            validate(m_context, m_failure.record.release, m_failure.job.facts.profile.profile,
                     &m_failure.record.baseline, m_failure.record.started_at);
        // a migration that was under way may have ended while its pod was taken down
        std::string again;
        if (compare_schema(m_context, m_failure.job.facts, m_failure.record.baseline, again,
                           m_context.stop) != SchemaState::same) {
            return needs_person("after rolling back the manifests: " + again);
        }
        if (checked && checked->exit_code == static_cast<int>(ExitCode::checks_failed)) {
            return needs_person("rolled back to revision " + std::to_string(way.revision) +
                                ", and the checks fail there too");
        }
        return rolled_back(way, schema_why, checked);
    }

    FailureEnd rolled_back(const WayBack& way, const std::string& schema_why,
                           const Result<Validation>& checked) const {
        Outcome outcome;
        outcome.exit_code = m_failure.interrupted ? ExitCode::interrupted : ExitCode::rolled_back;
        outcome.headline = m_failure.why + "; rolled back to revision " + std::to_string(way.revision);
        outcome.lines.push_back(schema_why + ", so manifests alone were enough");
        if (!checked || checked->exit_code != 0) {
            outcome.lines.push_back("after rolling back it could not be validated" +
                                    (checked ? std::string() : ": " + checked.error().message));
            outcome.commands.push_back("kubectl upgrade-validate " + shell_quote(m_failure.record.release) +
                                       m_context.command_flags);
        } else {
            outcome.lines.emplace_back("and validated against the baseline");
        }
        return {outcome, "rolled-back"};
    }

    RunContext m_context;
    const FailureJob& m_failure;
};

}  // namespace

FailureEnd resolve_failure(const RunContext& context, const FailureJob& failure) {
    return Failure(context, failure).resolve();
}

}  // namespace su
