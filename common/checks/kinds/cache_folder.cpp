// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "checks/kinds/kinds.hpp"
#include "checks/support.hpp"

#include <algorithm>

namespace su::checks {

namespace {

const Json* ready_pod(const Scope& scope, const std::string& component) {
    const Json* found = nullptr;
    for (const Json& pod : scope.pods) {
        if (is_leaving(pod) || (!component.empty() && !is_component(pod, component))) continue;
        if (is_ready(pod)) return &pod;
        if (found == nullptr) found = &pod;
    }
    return found;
}

}  // namespace

CheckResult cache_folder(const CheckSpec& spec, const CheckContext& context, std::stop_token stop) {
    const std::string component = text_at(spec.params, {"component"});
    const std::string path = text_at(spec.params, {"path"});
    const Json* pod = ready_pod(context.scope, component);
    if (pod == nullptr) {
        const std::string whose = component.empty() ? "the application" : "component " + printable(component);
        return result_of(Verdict::error, whose + " has no pod to look into");
    }
    ExecRequest request;
    request.where = {text_at(*pod, {"metadata", "namespace"}, context.scope.name_space), name_of(*pod),
                     text_at(spec.params, {"container"})};
    request.argv = {"ls", "-A", "--", path};
    request.idle = std::chrono::seconds{10};
    const auto output = context.reader.exec_query(request, {}, stop);
    const std::string where = printable(path + " in pod " + name_of(*pod));
    if (!output) return could_not_look(output.error(), where);
    if (output->exit_code != 0) {
        const std::string words = printable(trim(output->err));
        return result_of(Verdict::fail, where + ": ls ended with code " + std::to_string(output->exit_code) +
                                            (words.empty() ? "" : ": " + words));
    }
    const auto files = static_cast<std::int64_t>(split_lines(output->out).size());
    const auto least = int_at(spec.params, {"min-files"});
    CheckResult result = result_of(Verdict::pass, where + " holds " + plural(files, "entry", "entries"));
    if (files < least) {
        result.verdict = Verdict::fail;
        result.message += ", at least " + std::to_string(least) + " should be there";
    }
    result.measures.push_back({"entries", static_cast<double>(files), "files"});
    return result;
}

}  // namespace su::checks
