// SPDX-License-Identifier: Apache-2.0
#include "helm-plugin/upgrade_args.hpp"

#include "base/text.hpp"

#include <functional>
#include <map>

namespace su {

namespace {

Error usage(std::string message, std::string hint = {}) {
    return {Errc::usage, std::move(message), std::move(hint)};
}

/// One flag as it was read: a row and its value ("true" for a bare flag that takes nothing).
struct Given {
    const FlagRow* row;
    std::string value;
    bool has_value;  ///< a value was written
};

Error unknown_flag(const std::string& word, std::string_view name) {
    const auto near = nearest(name, flag_names());
    return usage("unknown flag " + printable(word),
                 near ? "did you mean --" + *near + "?" : "--help lists all flags");
}

/// Words in order; flags are taken from it one at a time.
class Reader {
  public:
    explicit Reader(const std::vector<std::string>& words) : m_words(words) {}
    [[nodiscard]] bool at_end() const { return m_next == m_words.size(); }
    const std::string& next() { return m_words[m_next++]; }

    /// Flags of one word ("--name", "--name=value", "-iyf", "-fx"), with the next word where one needs it.
    Result<std::vector<Given>> flags(const std::string& word) {
        if (!word.starts_with("--")) return short_flags(word);
        std::vector<Given> given;
        const auto equals = word.find('=');
        const auto name = std::string_view(word).substr(2, equals == std::string::npos ? equals : equals - 2);
        const FlagRow* row = find_flag(name);
        if (row == nullptr) return unknown_flag(word.substr(0, equals), name);
        if (equals != std::string::npos) {
            given.push_back({row, word.substr(equals + 1), true});
        } else {
            SU_ASSIGN(Given flag, bare(row, "--" + std::string(name)));
            given.push_back(std::move(flag));
        }
        return given;
    }

  private:
    Result<Given> bare(const FlagRow* row, const std::string& as_written) {
        if (row->takes == Takes::nothing) return Given{row, "true", false};
        if (row->takes == Takes::optional_value) return Given{row, "", false};
        if (at_end()) return usage(as_written + " needs a value");
        return Given{row, next(), true};
    }

    Result<std::vector<Given>> short_flags(const std::string& word) {
        std::vector<Given> given;
        for (std::size_t i = 1; i < word.size(); ++i) {
            const FlagRow* row = find_short_flag(word[i]);
            const auto letter = std::string("-") + word[i];
            if (row == nullptr)
                return usage("unknown flag " + printable(letter) + " in " + printable(word),
                             "--help lists all flags");
            std::string rest = word.substr(i + 1);
            if (rest.starts_with("=")) {
                given.push_back({row, rest.substr(1), true});
                return given;
            }
            if (row->takes == Takes::value && !rest.empty()) {
                given.push_back({row, rest, true});
                return given;
            }
            SU_ASSIGN(Given flag, bare(row, letter));
            given.push_back(std::move(flag));
        }
        return given;
    }

    const std::vector<std::string>& m_words;
    std::size_t m_next = 0;
};

/// The words that Go's flag package takes for a truth value.
std::optional<bool> truth(std::string_view text) {
    static const std::map<std::string_view, bool> words{
        {"true", true},   {"1", true},  {"t", true},  {"T", true},  {"TRUE", true},   {"True", true},
        {"false", false}, {"0", false}, {"f", false}, {"F", false}, {"FALSE", false}, {"False", false}};
    const auto found = words.find(text);
    return found == words.end() ? std::nullopt : std::optional(found->second);
}

Error bad_value(const Given& given, const std::string& allowed) {
    return usage("--" + std::string(given.row->name) + " does not take \"" + printable(given.value) + "\"",
                 "use " + allowed);
}

std::string as_word(const Given& given) {
    const auto name = "--" + std::string(given.row->name);
    return given.has_value ? name + "=" + given.value : name;
}

using Setter = std::function<Result<void>(UpgradeArgs&, const Given&)>;

Setter switch_on(bool UpgradeArgs::*member) {
    return [member](UpgradeArgs& args, const Given& given) -> Result<void> {
        args.*member = *truth(given.value);
        return {};
    };
}

Setter text(std::string UpgradeArgs::*member) {
    return [member](UpgradeArgs& args, const Given& given) -> Result<void> {
        if (given.value.empty()) return bad_value(given, "a value that is not empty");
        args.*member = given.value;
        return {};
    };
}

Result<void> no_effect(UpgradeArgs& args, const Given& given) {
    args.notes.push_back("--" + std::string(given.row->name) + ": " + std::string(given.row->note));
    return {};
}

Result<void> set_on_failure(UpgradeArgs& args, const Given& given) {
    static const std::map<std::string, OnFailure> words{
        {"rollback", OnFailure::rollback}, {"keep", OnFailure::keep}, {"ask", OnFailure::ask}};
    const auto found = words.find(given.value);
    if (found == words.end()) return bad_value(given, "rollback, keep or ask");
    if (args.on_failure && args.on_failure != found->second)
        return usage("two different answers to what happens on failure",
                     "give one of --on-failure, --atomic, --rollback-on-failure");
    args.on_failure = found->second;
    return {};
}

Result<void> set_atomic(UpgradeArgs& args, const Given& given) {
    if (!*truth(given.value)) return {};
    return set_on_failure(args, {given.row, "rollback", true});
}

Result<void> set_dry_run(UpgradeArgs& args, const Given& given) {
    const auto& value = given.value;
    if (!given.has_value || value == "client" || value == "server" || truth(value).value_or(false)) {
        args.dry_run = true;
    } else if (value == "none" || !truth(value).value_or(true)) {
        args.dry_run = false;
    } else {
        return bad_value(given, "client, server or none");
    }
    return {};
}

Result<void> set_output(UpgradeArgs& args, const Given& given) {
    static const std::map<std::string, OutputFormat> words{{"text", OutputFormat::text},
                                                           {"table", OutputFormat::text},
                                                           {"json", OutputFormat::json},
                                                           {"markdown", OutputFormat::markdown}};
    const auto found = words.find(given.value);
    if (found == words.end()) return bad_value(given, "text, json or markdown");
    args.output = found->second;
    return {};
}

Result<void> set_strategy(UpgradeArgs& args, const Given& given) {
    if (given.value != "rolling") return bad_value(given, "rolling");
    args.strategy = given.value;
    return {};
}

Result<void> set_timeout(UpgradeArgs& args, const Given& given) {
    const auto duration = parse_duration(given.value);
    if (!duration || duration->count() <= 0) return bad_value(given, "a duration such as 90s or 5m0s");
    args.timeout = *duration;
    return {};
}

Result<void> add_without_backup(UpgradeArgs& args, const Given& given) {
    if (given.value.empty()) return bad_value(given, "the name of a store, as the plan shows it");
    args.without_backup.push_back(given.value);
    return {};
}

const std::map<std::string_view, Setter>& setters() {
    static const std::map<std::string_view, Setter> table{
        {"atomic", set_atomic},
        {"backup-dir", text(&UpgradeArgs::backup_dir)},
        {"cleanup-on-fail", no_effect},
        {"create-namespace", no_effect},
        {"detailed-exitcode", switch_on(&UpgradeArgs::detailed_exitcode)},
        {"dry-run", set_dry_run},
        {"help", switch_on(&UpgradeArgs::help)},
        {"hide-secret", [](UpgradeArgs&, const Given&) -> Result<void> { return {}; }},
        {"install", no_effect},
        {"kubectl", text(&UpgradeArgs::kubectl)},
        {"on-failure", set_on_failure},
        {"output", set_output},
        {"plan", text(&UpgradeArgs::plan_file)},
        {"profile", text(&UpgradeArgs::profile)},
        {"rollback-on-failure", set_atomic},
        {"save", text(&UpgradeArgs::save_file)},
        {"strategy", set_strategy},
        {"take-over", switch_on(&UpgradeArgs::take_over)},
        {"timeout", set_timeout},
        {"wait", no_effect},
        {"wait-for-jobs", no_effect},
        {"without-backup", add_without_backup},
        {"yes", switch_on(&UpgradeArgs::yes)},
    };
    return table;
}

Result<void> apply(UpgradeArgs& args, const Given& given) {
    if (given.row->takes == Takes::nothing && !truth(given.value)) return bad_value(given, "true or false");
    switch (given.row->fate) {
        case Fate::passed_on:
            args.passed_on.push_back(as_word(given));
            return {};
        case Fate::value_flag:
            args.value_flags.push_back(as_word(given));
            return {};
        case Fate::connection:
            args.connection.emplace_back(given.row->name, given.value);
            return {};
        case Fate::refused:
            if (!*truth(given.value)) return {};
            return usage("--" + std::string(given.row->name) + " is refused", std::string(given.row->note));
        case Fate::taken_over:
        case Fate::own:
            break;
    }
    return setters().at(given.row->name)(args, given);
}

Result<void> take_positionals(UpgradeArgs& args, const std::vector<std::string>& words,
                              const ArgsContext& context) {
    if (args.help) return {};
    if (words.empty() && !args.plan_file.empty()) return {};
    if (words.size() < 2 && context.skip_tls_verify_in_env)
        return usage("RELEASE or CHART is missing",
                     "helm swallows the word after --kube-insecure-skip-tls-verify: write "
                     "--kube-insecure-skip-tls-verify=true");
    if (words.empty())
        return usage("RELEASE and CHART are missing", "helm safe-upgrade RELEASE CHART [flags]");
    if (words.size() == 1)
        return usage("CHART is missing after the release \"" + printable(words[0]) + "\"",
                     "helm safe-upgrade RELEASE CHART [flags]");
    if (words.size() > 2)
        return usage("too many words: \"" + printable(words[2]) + "\" comes after RELEASE and CHART",
                     "a value with spaces needs quotes");
    if (!is_dns_name(words[0]))
        return usage("\"" + printable(words[0]) + "\" is no release name",
                     "helm safe-upgrade RELEASE CHART [flags]");
    args.release = words[0];
    args.chart = words[1];
    return {};
}

bool is_flag(const std::string& word) {
    return word.size() > 1 && word[0] == '-';
}

}  // namespace

Result<UpgradeArgs> parse_upgrade_args(const std::vector<std::string>& argv, const ArgsContext& context) {
    UpgradeArgs args;
    std::vector<std::string> positionals;
    Reader reader(argv);
    bool flags_ended = false;
    while (!reader.at_end()) {
        const std::string& word = reader.next();
        if (flags_ended || !is_flag(word)) {
            positionals.push_back(word);
        } else if (word == "--") {
            flags_ended = true;
        } else {
            SU_ASSIGN(const std::vector<Given> given, reader.flags(word));
            for (const auto& flag : given) SU_TRY(apply(args, flag));
        }
    }
    SU_TRY(take_positionals(args, positionals, context));
    return args;
}

std::vector<std::string> shown_flags(const std::vector<std::string>& flags) {
    std::vector<std::string> shown;
    for (const auto& word : flags) {
        const auto equals = word.find('=');
        const FlagRow* row =
            word.starts_with("--") ? find_flag(std::string_view(word).substr(2, equals - 2)) : nullptr;
        if (row == nullptr || !row->secret || equals == std::string::npos) {
            shown.push_back(word);
            continue;
        }
        // --set a.b=secret: the path helps a reader, the value must not be seen
        const auto value = row->fate == Fate::value_flag ? word.find('=', equals + 1) : equals;
        const bool many = word.find_first_of(",{", equals + 1) != std::string::npos;
        shown.push_back(word.substr(0, value == std::string::npos || many ? equals + 1 : value + 1) + "***");
    }
    return shown;
}

Result<std::vector<std::pair<std::string, std::string>>> take_connection_flags(
    std::vector<std::string>& argv) {
    std::vector<std::pair<std::string, std::string>> taken;
    std::vector<std::string> rest;
    for (std::size_t i = 0; i < argv.size(); ++i) {
        const std::string& word = argv[i];
        if (word == "--") {
            rest.insert(rest.end(), argv.begin() + static_cast<std::ptrdiff_t>(i), argv.end());
            break;
        }
        const bool is_long = word.starts_with("--");
        const auto equals = is_long ? word.find('=') : std::string::npos;
        const FlagRow* row = is_long         ? find_flag(std::string_view(word).substr(
                                                   2, equals == std::string::npos ? equals : equals - 2))
                             : is_flag(word) ? find_short_flag(word[1])
                                             : nullptr;
        if (row == nullptr || row->fate != Fate::connection) {
            rest.push_back(word);
            continue;
        }
        const std::vector<std::string> tail(argv.begin() + static_cast<std::ptrdiff_t>(i) + 1, argv.end());
        Reader reader(tail);
        SU_ASSIGN(const std::vector<Given> given, reader.flags(word));
        for (const auto& flag : given) taken.emplace_back(flag.row->name, flag.value);
        if (given.back().has_value && equals == std::string::npos && (is_long || word.size() == 2)) ++i;
    }
    argv = std::move(rest);
    return taken;
}

}  // namespace su
