// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "checks/kinds/kinds.hpp"
#include "checks/support.hpp"
#include "health/health.hpp"

#include <map>

namespace su::checks {

namespace {

/// (namespace, claim) -> whether a pod uses it.
using Claims = std::map<std::pair<std::string, std::string>, bool>;

Claims wanted_claims(const Scope& scope) {
    Claims claims;
    if (scope.current) {
        const auto objects = parse_yaml_all(scope.current->manifest, "manifest");
        for (const Json& object : objects ? *objects : std::vector<Json>{}) {
            if (text_at(object, {"kind"}) != "PersistentVolumeClaim") continue;
            claims[{text_at(object, {"metadata", "namespace"}, scope.name_space), name_of(object)}] = false;
        }
    }
    for (const Json& pod : scope.pods) {
        for (const Json& volume : list_at(pod, {"spec", "volumes"})) {
            const std::string claim = text_at(volume, {"persistentVolumeClaim", "claimName"});
            if (!claim.empty())
                claims[{text_at(pod, {"metadata", "namespace"}, scope.name_space), claim}] = true;
        }
    }
    return claims;
}

void judge(const std::string& name, bool used, const Json* claim, CheckResult& result) {
    const HealthResult health =
        claim == nullptr ? HealthResult{Health::failed, "does not exist"} : compute_health(*claim);
    if (health.status == Health::current) return;
    // With WaitForFirstConsumer a claim that no pod uses is never bound, and nothing is wrong.
    const Verdict verdict = claim != nullptr && !used ? Verdict::warn : Verdict::fail;
    result.verdict = worse(result.verdict, verdict);
    result.details.push_back(
        printable("volume claim " + name + ": " + health.message + (used ? "" : " (no pod uses it)")));
}

}  // namespace

CheckResult pvc_bound(const CheckSpec&, const CheckContext& context, std::stop_token stop) {
    const Claims wanted = wanted_claims(context.scope);
    if (wanted.empty()) return result_of(Verdict::skip, "the application has no volume claims");
    std::map<std::pair<std::string, std::string>, Json> live;
    std::string listed;
    for (const auto& [key, used] : wanted) {  // ordered by namespace: one list each
        if (key.first == listed) continue;
        listed = key.first;
        auto items = context.reader.list(api_path("v1", "persistentvolumeclaims", listed), {}, stop);
        if (!items) return could_not_look(items.error(), "the volume claims");
        for (const Json& item : *items) live.emplace(std::pair(listed, name_of(item)), item);
    }
    CheckResult result = result_of(Verdict::pass, {});
    for (const auto& [key, used] : wanted) {
        const auto at = live.find(key);
        judge(key.second, used, at == live.end() ? nullptr : &at->second, result);
    }
    const auto count = static_cast<std::int64_t>(wanted.size());
    result.message = result.details.empty()
                         ? plural(count, "volume claim") + (count == 1 ? " is bound" : " are bound")
                         : result.details.front();
    if (result.verdict == Verdict::fail)
        result.hint = "see: kubectl describe pvc -n " + shell_quote(context.scope.name_space);
    return result;
}

}  // namespace su::checks
