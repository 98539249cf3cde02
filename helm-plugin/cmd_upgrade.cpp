// SPDX-License-Identifier: Apache-2.0
// run, plan and diff: the same gathering and planning; only run goes on.
#include "base/clock.hpp"
#include "base/text.hpp"
#include "helm-plugin/commands.hpp"
#include "helm-plugin/upgrade_args.hpp"
#include "report/plan_text.hpp"
#include "report/run_sinks.hpp"
#include "steps/lease.hpp"
#include "steps/upgrade_run.hpp"

#include <cstdlib>
#include <iostream>

namespace su {

namespace {

enum class Mode { run, plan, diff };

bool takes_reuse(const std::vector<std::string>& flags, std::string_view name) {
    for (const auto& flag : flags) {
        if (flag == "--" + std::string(name) || flag == "--" + std::string(name) + "=true") return true;
    }
    return false;
}

Result<UpgradeOptions> options_from(const UpgradeArgs& args) {
    UpgradeOptions options;
    options.release = args.release;
    options.chart = args.chart;
    options.passed_on = args.passed_on;
    options.value_flags = args.value_flags;
    options.reuse_values = takes_reuse(args.value_flags, "reuse-values");
    options.reset_values = takes_reuse(args.value_flags, "reset-values") ||
                           takes_reuse(args.value_flags, "reset-then-reuse-values");
    options.without_backup = args.without_backup;
    options.profile = args.profile;
    options.on_failure = args.on_failure.value_or(OnFailure::rollback);
    options.take_over = args.take_over;
    if (args.timeout) options.timeout = *args.timeout;
    SU_ASSIGN(options.backup_root, backup_root(args.backup_dir));
    return options;
}

bool differs(const Plan& plan) {
    return !plan.values.empty() || !plan.manifest.objects.empty();
}

void print_plan(const Plan& plan, Mode mode, OutputFormat output) {
    const Style style = Style::of(stdout);
    switch (output) {
        case OutputFormat::json:
            std::cout << dump_json(to_json(plan)) << "\n";
            break;
        case OutputFormat::markdown:
            std::cout << plan_markdown(plan);
            break;
        case OutputFormat::text:
            std::cout << (mode == Mode::diff ? diff_text(plan, style) : plan_text(plan, style));
            break;
    }
    std::cout << std::flush;
}

/// A saved plan is the command line and the fingerprint: the run plans anew and refuses when it comes out
/// differently.
Result<void> save_plan(const UpgradeArgs& args, const Plan& plan, const Args& argv) {
    if (args.save_file.empty()) return {};
    const Json saved{{"apiVersion", "safe-upgrade/v1"},
                     {"kind", "SavedPlan"},
                     {"args", argv},
                     {"fingerprint", plan.fingerprint},
                     {"created_at", to_rfc3339(now())},
                     {"plan", to_json(plan)}};
    return write_file(args.save_file, dump_json(saved, 2) + "\n");
}

struct SavedPlan {
    Args args;
    std::string fingerprint;
};

Result<SavedPlan> load_plan(const std::string& file) {
    SU_ASSIGN(const std::string text, read_file(file, 64 << 20));
    SU_ASSIGN(const Json json, parse_json(text, file));
    if (text_at(json, {"kind"}) != "SavedPlan" || !at_path(json, {"args"}).is_array()) {
        return Error{Errc::usage, file + " is no saved plan",
                     "make one with: helm safe-upgrade plan ... --save FILE"};
    }
    SavedPlan saved;
    saved.fingerprint = text_at(json, {"fingerprint"});
    for (const auto& word : json.at("args"))
        saved.args.push_back(word.is_string() ? word.get<std::string>() : "");
    return saved;
}

int after_plan(const UpgradeArgs& args, Mode mode, const Plan& plan) {
    const bool really_runs = mode == Mode::run && !args.dry_run;
    if (mode != Mode::diff && !plan.refused.empty()) return static_cast<int>(ExitCode::refused);
    if (args.detailed_exitcode && !really_runs && differs(plan))
        return static_cast<int>(ExitCode::checks_failed);
    return 0;
}

Result<bool> confirmed(const UpgradeArgs& args, const std::function<bool(const std::string&)>& ask) {
    if (args.yes) return true;
    if (!ask)
        return Error{Errc::usage, "not confirmed: there is no terminal to ask on",
                     "repeat with --yes, or with --dry-run to see the plan"};
    return ask("go on?");
}

int execute(Session& session, const UpgradeArgs& args, UpgradeJob job, const Signals& signals) {
    const auto ask = asker(signals.stop());
    const bool json = args.output == OutputFormat::json;
    auto go = confirmed(args, ask);
    if (!go) return report_error(go.error(), json);
    if (!*go) return report_error({Errc::cancelled, "not confirmed; nothing was changed", {}}, json);
    auto journal = Journal::open(job.facts.name_space, job.options.release, "run");
    if (!journal) return report_error(journal.error(), json);
    const auto sink = json ? make_json_sink() : make_text_sink(Style::of(stdout), Style::of(stderr));
    const RunContext context{session.connection.writer(),
                             session.helm,
                             session.driver,
                             *sink,
                             *journal,
                             signals.stop(),
                             signals.abort(),
                             session.command_flags,
                             who_am_i(),
                             program_version(),
                             ask};
    for (const auto& store : job.plan.without_backup) context.note("WITHOUT BACKUP: " + store, true);
    return static_cast<int>(run_upgrade(context, job).exit_code);
}

int run_planned(const Args& argv, const Signals& signals, Mode mode, const std::string& fingerprint) {
    const char* skip = std::getenv("HELM_KUBEINSECURE_SKIP_TLS_VERIFY");
    auto parsed = parse_upgrade_args(argv, {skip != nullptr && std::string_view(skip) == "true"});
    if (!parsed) return report_error(parsed.error());
    const UpgradeArgs& args = *parsed;
    if (args.help) {
        std::cout << main_help();
        return 0;
    }
    const bool json = args.output == OutputFormat::json;
    if (!args.plan_file.empty() && fingerprint.empty()) {
        auto saved = load_plan(args.plan_file);
        if (!saved) return report_error(saved.error(), json);
        if (args.yes) saved->args.emplace_back("--yes");
        return run_planned(saved->args, signals, Mode::run, saved->fingerprint);
    }
    for (const auto& note : args.notes) std::cerr << "note " << note << "\n";
    UpgradeJob job;
    auto options = options_from(args);
    if (!options) return report_error(options.error(), json);
    job.options = *options;
    auto session = Session::open(args.connection, args.kubectl, signals.stop());
    if (!session) return report_error(session.error(), json);
    auto facts =
        gather(session->connection.reader(), session->helm, session->driver, job.options, signals.stop());
    if (!facts) return report_error(facts.error(), json);
    job.facts = std::move(*facts);
    auto plan = make_plan(job.options, job.facts);
    if (!plan) return report_error(plan.error(), json);
    job.plan = std::move(*plan);
    print_plan(job.plan, mode, args.output);
    if (fingerprint.empty()) {
        if (auto saved = save_plan(args, job.plan, argv); !saved) return report_error(saved.error(), json);
    }
    if (!fingerprint.empty() && fingerprint != job.plan.fingerprint) {
        return report_error(
            {Errc::conflict, "the saved plan does not hold any more: release, chart or values have changed",
             "look at what is different and make a new plan"},
            json);
    }
    const int code = after_plan(args, mode, job.plan);
    // a saved plan was shown by --dry-run --save; running it is meant
    const bool shown_only = args.dry_run && fingerprint.empty();
    if (code != 0 || mode != Mode::run || shown_only) return code;
    return execute(*session, args, std::move(job), signals);
}

}  // namespace

int run_upgrade_command(const Args& args, const Signals& signals) {
    return run_planned(args, signals, Mode::run, {});
}
int plan_command(const Args& args, const Signals& signals) {
    return run_planned(args, signals, Mode::plan, {});
}
int diff_command(const Args& args, const Signals& signals) {
    return run_planned(args, signals, Mode::diff, {});
}

}  // namespace su
