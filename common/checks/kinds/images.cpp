// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "checks/kinds/kinds.hpp"
#include "checks/support.hpp"

#include <map>
#include <set>

namespace su::checks {

namespace {

using Images = std::map<std::string, std::string>;  ///< container name -> image

Images images_in(const Json& pod_spec) {
    Images images;
    for (const auto* key : {"initContainers", "containers"}) {
        for (const Json& container : list_at(pod_spec, {key})) {
            images[text_at(container, {"name"})] = text_at(container, {"image"});
        }
    }
    return images;
}

/// A registry mirror put in by an admission webhook changes the front, never "photos-server:2.0.0".
bool same_image(const std::string& a, const std::string& b) {
    const auto tail = [](const std::string& image) {
        const auto slash = image.rfind('/');
        return slash == std::string::npos ? image : image.substr(slash + 1);
    };
    return a == b || tail(a) == tail(b);
}

void compare_with_release(const Release& release, const Json& workload, CheckResult& result) {
    const auto objects = parse_yaml_all(release.manifest, "manifest");
    if (!objects) return;
    const Images live = images_in(at_path(workload, {"spec", "template", "spec"}));
    for (const Json& object : *objects) {
        if (identity_of(object) != identity_of(workload)) continue;
        for (const auto& [container, image] : images_in(at_path(object, {"spec", "template", "spec"}))) {
            const auto at = live.find(container);
            if (at == live.end() || same_image(at->second, image)) continue;
            result.verdict = worse(result.verdict, Verdict::warn);
            result.details.push_back(printable(identity_of(workload).kind + " " + name_of(workload) +
                                               ", container " + container + ": has " + at->second +
                                               ", the release says " + image));
        }
    }
}

void compare_pod(const Json& workload, const Json& pod, CheckResult& result, std::set<std::string>& digests) {
    const Images running = images_in(at_path(pod, {"spec"}));
    for (const auto& [container, image] : images_in(at_path(workload, {"spec", "template", "spec"}))) {
        const auto at = running.find(container);
        if (at != running.end() && same_image(at->second, image)) continue;
        result.verdict = worse(result.verdict, Verdict::fail);
        const std::string has = at == running.end() ? "is not there" : "runs " + at->second;
        result.details.push_back(printable("pod " + name_of(pod) + ", container " + container + ": " + has +
                                           ", should run " + image));
    }
    const std::string wanted_revision = text_at(workload, {"status", "updateRevision"});
    const std::string revision = text_at(pod, {"metadata", "labels", "controller-revision-hash"});
    if (text_at(workload, {"kind"}) == "StatefulSet" && !wanted_revision.empty() &&
        revision != wanted_revision &&
        int_at(workload, {"spec", "updateStrategy", "rollingUpdate", "partition"}) == 0) {
        result.verdict = worse(result.verdict, Verdict::fail);
        result.details.push_back(
            printable("pod " + name_of(pod) + " is of an older revision (" + revision + ")"));
    }
    for (const Json* status : container_statuses(pod)) {
        const std::string id = text_at(*status, {"imageID"});
        if (!id.empty()) {
            digests.insert(id);
        } else if (at_path(*status, {"state", "running"}).is_object()) {
            result.verdict = worse(result.verdict, Verdict::warn);
            result.details.push_back(
                printable("pod " + name_of(pod) + ": the runtime names no image digest"));
        }
    }
}

}  // namespace

CheckResult images(const CheckSpec&, const CheckContext& context, std::stop_token) {
    CheckResult result = result_of(Verdict::pass, {});
    std::set<std::string> digests;
    std::int64_t pods = 0;
    for (const Json& workload : context.scope.workloads) {
        if (context.scope.current) compare_with_release(*context.scope.current, workload, result);
        if (text_at(workload, {"kind"}) == "Job") continue;  // its pods ran what they ran
        for (const Json* pod : pods_of(context.scope, workload)) {
            if (is_leaving(*pod)) continue;
            ++pods;
            compare_pod(workload, *pod, result, digests);
        }
    }
    if (pods == 0 && result.verdict == Verdict::pass) return result_of(Verdict::skip, "no pods run");
    const auto kinds = static_cast<std::int64_t>(digests.size());
    if (result.verdict == Verdict::pass) {
        result.message = plural(pods, "pod") + (pods == 1 ? " runs " : " run ") + "the wanted images (" +
                         plural(kinds, "digest") + ")";
    } else {
        result.message = result.details.front();
        if (result.verdict == Verdict::fail)
            result.hint = "the rollout is not complete: kubectl rollout status";
    }
    result.measures.push_back({"image digests", static_cast<double>(kinds), "images"});
    return result;
}

}  // namespace su::checks
