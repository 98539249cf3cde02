// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "checks/support.hpp"

#include <algorithm>
#include <exception>

namespace su {

namespace {

constexpr std::size_t k_threads = 6;

/// ${RELEASE} in every text of a check's parameters.
Json substituted(const Json& value, const std::string& release) {
    if (value.is_string()) return replace_all(value.get<std::string>(), "${RELEASE}", release);
    if (!value.is_structured()) return value;
    Json out = value;
    for (auto& item : out) item = substituted(item, release);
    return out;
}

const CheckKind* kind_of(const CheckSpec& spec) {
    for (const auto& kind : check_kinds()) {
        if (kind.name == spec.kind) return &kind;
    }
    return nullptr;
}

CheckResult look(const CheckSpec& spec, const CheckContext& context, std::stop_token stop) {
    if (stop.stop_requested()) return checks::result_of(Verdict::error, "interrupted before it could look");
    const CheckKind* kind = kind_of(spec);
    if (kind == nullptr) {
        return checks::result_of(Verdict::error, "there is no check kind \"" + printable(spec.kind) + "\"",
                                 "see: kubectl upgrade-validate checks");
    }
    CheckSpec filled = spec;
    filled.params =
        substituted(spec.params.is_object() ? spec.params : Json::object(), context.scope.release);
    try {
        return kind->run(filled, context, stop);
    } catch (const std::exception& error) {
        return checks::result_of(Verdict::error, std::string("the check broke: ") + printable(error.what()),
                                 "this is a bug of safe-upgrade");
    }
}

CheckResult run_one(const CheckSpec& spec, const CheckContext& context, std::stop_token stop) {
    const auto started = std::chrono::steady_clock::now();
    CheckResult result = look(spec, context, stop);
    result.duration =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
    result.id = spec.id.empty() ? spec.kind : spec.id;
    result.kind = spec.kind;
    result.required = spec.required;
    if (result.verdict == Verdict::fail && spec.fail_is_warning) result.verdict = Verdict::warn;
    return result;
}

}  // namespace

const char* verdict_name(Verdict verdict) {
    switch (verdict) {
        case Verdict::pass:
            return "pass";
        case Verdict::warn:
            return "warn";
        case Verdict::fail:
            return "fail";
        case Verdict::error:
            return "error";
        case Verdict::skip:
            return "skip";
    }
    return "unknown";
}

std::vector<CheckResult> run_checks(const std::vector<CheckSpec>& specs, const CheckContext& context,
                                    std::stop_token stop) {
    std::vector<CheckResult> results(specs.size());
    checks::parallel_for(specs.size(), k_threads,
                         [&](std::size_t i) { results[i] = run_one(specs[i], context, stop); });
    return results;
}

int exit_code_of(const std::vector<CheckResult>& results) {
    const auto any = [&](auto&& is) { return std::any_of(results.begin(), results.end(), is); };
    if (any([](const CheckResult& r) { return r.verdict == Verdict::fail; })) return 3;
    if (any([](const CheckResult& r) { return r.verdict == Verdict::error && r.required; })) return 7;
    return 0;
}

}  // namespace su
