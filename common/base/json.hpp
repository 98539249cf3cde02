// SPDX-License-Identifier: Apache-2.0
// JSON and YAML as one value type, read without exceptions.
#pragma once

#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace su {

using Json = nlohmann::json;

/// Text to a value. Error: invalid, with the byte position; `what` names the text in the message.
Result<Json> parse_json(std::string_view text, const std::string& what);

/// The member at a path of keys ("spec", "replicas"), or a null value. Never throws, whatever the shapes are.
const Json& at_path(const Json& value, std::initializer_list<std::string_view> path);
/// The string/number/bool there, or `fallback` when it is absent or of another type.
std::string text_at(const Json& value, std::initializer_list<std::string_view> path,
                    std::string_view fallback = {});
std::int64_t int_at(const Json& value, std::initializer_list<std::string_view> path,
                    std::int64_t fallback = 0);
bool bool_at(const Json& value, std::initializer_list<std::string_view> path, bool fallback = false);
/// The array there, or an empty one.
const Json& list_at(const Json& value, std::initializer_list<std::string_view> path);

/// dump() that never throws: bytes that are no UTF-8 are replaced. indent < 0: one line.
std::string dump_json(const Json& value, int indent = -1);

/// One YAML document to a value, with YAML 1.2 core types for plain scalars (helm's YAML to JSON is close to
/// it: "yes"/"on" stay strings). Anchors are followed; more than 100 levels or 1,000,000 nodes is an error
/// (invalid).
Result<Json> parse_yaml(std::string_view text, const std::string& what);
/// All documents of a stream; empty ones are left out.
Result<std::vector<Json>> parse_yaml_all(std::string_view text, const std::string& what);
/// A value as YAML text, keys sorted, strings quoted when they would be read as another type.
std::string dump_yaml(const Json& value);

}  // namespace su
