// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "cluster/cluster.hpp"

#include <algorithm>
#include <array>

namespace su {

namespace {

/// Kinds whose plural is more than the lower-case kind and an "s".
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> k_irregular{{
    {"Endpoints", "endpoints"},
    {"GatewayClass", "gatewayclasses"},
    {"Ingress", "ingresses"},
    {"IngressClass", "ingressclasses"},
    {"NetworkPolicy", "networkpolicies"},
    {"PriorityClass", "priorityclasses"},
    {"RuntimeClass", "runtimeclasses"},
    {"StorageClass", "storageclasses"},
    {"ValidatingAdmissionPolicy", "validatingadmissionpolicies"},
    {"VolumeSnapshotClass", "volumesnapshotclasses"},
    {"CSIStorageCapacity", "csistoragecapacities"},
    {"PodMetrics", "pods"},
}};

constexpr std::array<std::string_view, 48> k_regular{"APIService",
                                                     "Application",
                                                     "Backup",
                                                     "BackupStorageLocation",
                                                     "CSIDriver",
                                                     "CSINode",
                                                     "Certificate",
                                                     "ClusterRole",
                                                     "ClusterRoleBinding",
                                                     "ConfigMap",
                                                     "ControllerRevision",
                                                     "CronJob",
                                                     "CustomResourceDefinition",
                                                     "DaemonSet",
                                                     "Deployment",
                                                     "EndpointSlice",
                                                     "Event",
                                                     "Gateway",
                                                     "HTTPRoute",
                                                     "HelmRelease",
                                                     "HorizontalPodAutoscaler",
                                                     "Issuer",
                                                     "Job",
                                                     "Kustomization",
                                                     "Lease",
                                                     "LimitRange",
                                                     "MutatingWebhookConfiguration",
                                                     "Namespace",
                                                     "Node",
                                                     "PersistentVolume",
                                                     "PersistentVolumeClaim",
                                                     "Pod",
                                                     "PodDisruptionBudget",
                                                     "PodTemplate",
                                                     "ReplicaSet",
                                                     "ReplicationController",
                                                     "ResourceQuota",
                                                     "Role",
                                                     "RoleBinding",
                                                     "ScaledObject",
                                                     "Secret",
                                                     "Service",
                                                     "ServiceAccount",
                                                     "StatefulSet",
                                                     "ValidatingWebhookConfiguration",
                                                     "VolumeAttachment",
                                                     "VolumeSnapshot",
                                                     "VolumeSnapshotContent"};

}  // namespace

std::string api_path(std::string_view api_version, std::string_view plural, std::string_view name_space,
                     std::string_view name) {
    // the core group has no name and lives under /api
    std::string path = api_version.find('/') == std::string_view::npos ? "/api/" : "/apis/";
    path += api_version;
    if (!name_space.empty()) path += "/namespaces/" + url_encode(name_space);
    path += "/" + std::string(plural);
    if (!name.empty()) path += "/" + url_encode(name);
    return path;
}

std::string plural_of(std::string_view kind) {
    for (const auto& [known, plural] : k_irregular) {
        if (known == kind) return std::string(plural);
    }
    if (std::find(k_regular.begin(), k_regular.end(), kind) == k_regular.end()) return {};
    return to_lower(kind) + "s";
}

}  // namespace su
