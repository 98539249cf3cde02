// SPDX-License-Identifier: Apache-2.0
#include "diff/manifest_diff.hpp"

#include "base/text.hpp"
#include "diff/field_diff.hpp"

#include <algorithm>
#include <tuple>

namespace su {

namespace {

/// API group, kind, namespace, name: a newer version of an API is still the same object.
using Identity = std::tuple<std::string, std::string, std::string, std::string>;
using Objects = std::map<Identity, Json>;

std::string group_of(const std::string& api_version) {
    const auto slash = api_version.find('/');
    return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

Result<void> add_object(Objects& objects, Json object, const std::string& what,
                        const std::string& default_namespace) {
    if (!object.is_object()) return Error{Errc::invalid, what + " is no map", {}};
    const std::string kind = text_at(object, {"kind"});
    if (kind == "List") {
        for (const auto& entry : list_at(object, {"items"})) {
            SU_TRY(add_object(objects, entry, what + " (item of a List)", default_namespace));
        }
        return {};
    }
    const std::string name = text_at(object, {"metadata", "name"});
    if (kind.empty()) return Error{Errc::invalid, what + " has no kind", {}};
    if (name.empty()) return Error{Errc::invalid, what + " (" + printable(kind) + ") has no name", {}};
    std::string name_space = text_at(object, {"metadata", "namespace"});
    if (name_space.empty()) name_space = default_namespace;
    // Helm applies the last of two objects with one identity
    const Identity id{group_of(text_at(object, {"apiVersion"})), kind, name_space, name};
    objects[id] = std::move(object);
    return {};
}

Result<Objects> parse_objects(std::string_view manifest, const std::string& what,
                              const std::string& default_namespace) {
    SU_ASSIGN(auto documents, parse_yaml_all(manifest, what));
    Objects objects;
    int number = 0;
    for (auto& document : documents) {
        const std::string name = "document " + std::to_string(++number) + " of " + what;
        SU_TRY(add_object(objects, std::move(document), name, default_namespace));
    }
    return objects;
}

const Json& pod_spec(const Json& object) {
    const std::string kind = text_at(object, {"kind"});
    if (kind == "Pod") return at_path(object, {"spec"});
    if (kind == "CronJob") return at_path(object, {"spec", "jobTemplate", "spec", "template", "spec"});
    return at_path(object, {"spec", "template", "spec"});  // every other workload, custom ones too
}

/// Container -> image; an init container of the same name as a container keeps its own entry.
std::map<std::string, std::string> images_of(const Json& object) {
    std::map<std::string, std::string> images;
    for (const char* list : {"initContainers", "containers", "ephemeralContainers"}) {
        for (const auto& container : list_at(pod_spec(object), {list})) {
            const std::string image = text_at(container, {"image"});
            if (!image.empty()) images.emplace(printable(text_at(container, {"name"})), printable(image));
        }
    }
    return images;
}

void compare_images(const Identity& id, const Json& before, const Json& after,
                    std::vector<ImageChange>& changes) {
    const auto old_images = images_of(before);
    const auto new_images = images_of(after);
    const std::string workload = printable(std::get<1>(id) + "/" + std::get<3>(id));
    for (const auto& [container, image] : old_images) {
        const auto found = new_images.find(container);
        const std::string now = found == new_images.end() ? "" : found->second;
        if (now != image) changes.push_back({workload, container, image, now});
    }
    for (const auto& [container, image] : new_images) {
        if (old_images.count(container) == 0) changes.push_back({workload, container, "", image});
    }
}

bool holds_data(const Json& object) {
    const std::string kind = text_at(object, {"kind"});
    return kind == "PersistentVolumeClaim" ||
           (kind == "StatefulSet" && !list_at(object, {"spec", "volumeClaimTemplates"}).empty());
}

ObjectChange make_change(ObjectChange::Kind kind, const Identity& id, const Json& object) {
    ObjectChange change;
    change.kind = kind;
    change.api_version = printable(text_at(object, {"apiVersion"}));
    change.object_kind = printable(std::get<1>(id));
    change.name_space = printable(std::get<2>(id));
    change.name = printable(std::get<3>(id));
    change.holds_data = kind == ObjectChange::Kind::removed && holds_data(object);
    return change;
}

void compare(const Objects& before, const Objects& after, ManifestDiff& diff) {
    for (const auto& [id, object] : before) {
        const auto found = after.find(id);
        if (found == after.end()) {
            diff.objects.push_back(make_change(ObjectChange::Kind::removed, id, object));
            compare_images(id, object, Json(), diff.images);
            continue;
        }
        auto change = make_change(ObjectChange::Kind::changed, id, found->second);
        change.fields = diff_fields(object, found->second, diff.hidden);
        if (!change.fields.empty()) diff.objects.push_back(std::move(change));
        compare_images(id, object, found->second, diff.images);
    }
    for (const auto& [id, object] : after) {
        if (before.count(id) != 0) continue;
        diff.objects.push_back(make_change(ObjectChange::Kind::added, id, object));
        compare_images(id, Json(), object, diff.images);
    }
}

/// What is lost first, then what changes, then what is new.
int danger(const ObjectChange& change) {
    if (change.holds_data) return 0;
    if (change.kind == ObjectChange::Kind::removed) return 1;
    return change.kind == ObjectChange::Kind::changed ? 2 : 3;
}

}  // namespace

Result<ManifestDiff> diff_manifests(std::string_view before, std::string_view after,
                                    const std::string& default_namespace) {
    SU_ASSIGN(const auto old_objects, parse_objects(before, "the present manifest", default_namespace));
    SU_ASSIGN(const auto new_objects, parse_objects(after, "the new manifest", default_namespace));
    ManifestDiff diff;
    compare(old_objects, new_objects, diff);
    std::stable_sort(diff.objects.begin(), diff.objects.end(),
                     [](const ObjectChange& a, const ObjectChange& b) {
                         return std::make_tuple(danger(a), a.object_kind, a.name_space, a.name) <
                                std::make_tuple(danger(b), b.object_kind, b.name_space, b.name);
                     });
    std::stable_sort(diff.images.begin(), diff.images.end(), [](const ImageChange& a, const ImageChange& b) {
        return std::tie(a.workload, a.container) < std::tie(b.workload, b.container);
    });
    return diff;
}

}  // namespace su
