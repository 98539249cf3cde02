// SPDX-License-Identifier: Apache-2.0
// Pure: what must not be shown. A mask never reveals the length.
#pragma once

#include "base/json.hpp"

#include <string>
#include <string_view>

namespace su {

inline constexpr std::string_view k_mask = "***";

/// "dbPassword", "API_TOKEN", "secretKey", "privateKey", "credentials", ... but not "existingSecret",
/// "secretName", "passwordSecretRef", which name objects.
bool is_secret_key(std::string_view key);
/// A value that is a secret by its own look: URL with a password, PEM private key, JWT, long random token.
bool is_secret_value(std::string_view value);
/// URL passwords, "password=..." and the like inside a longer text (log lines, error messages) replaced.
std::string mask_text(std::string_view text);
/// Every secret-like leaf replaced, at any depth. `key` is the key under which `value` stands.
Json mask_value(const std::string& key, const Json& value);
/// A whole Kubernetes object: Secret data and stringData, env values by name, args, annotations, and
/// mask_value elsewhere.
Json mask_object(const Json& object);

}  // namespace su
