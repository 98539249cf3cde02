// SPDX-License-Identifier: Apache-2.0
#include "base/json.hpp"

namespace su {

namespace {

const Json k_null;
const Json k_empty_list = Json::array();

}  // namespace

Result<Json> parse_json(std::string_view text, const std::string& what) {
    Json value = Json::parse(text, nullptr, false);
    if (!value.is_discarded()) return value;
    try {  // only a throwing parse says where it went wrong
        value = Json::parse(text);
    } catch (const Json::parse_error& error) {
        return Error{Errc::invalid, what + " is not valid JSON at byte " + std::to_string(error.byte), {}};
    }
    return Error{Errc::invalid, what + " is not valid JSON", {}};
}

const Json& at_path(const Json& value, std::initializer_list<std::string_view> path) {
    const Json* at = &value;
    for (const auto key : path) {
        if (!at->is_object()) return k_null;
        const auto member = at->find(std::string(key));
        if (member == at->end()) return k_null;
        at = &*member;
    }
    return *at;
}

std::string text_at(const Json& value, std::initializer_list<std::string_view> path,
                    std::string_view fallback) {
    const Json& found = at_path(value, path);
    return found.is_string() ? found.get<std::string>() : std::string(fallback);
}

std::int64_t int_at(const Json& value, std::initializer_list<std::string_view> path, std::int64_t fallback) {
    const Json& found = at_path(value, path);
    return found.is_number_integer() ? found.get<std::int64_t>() : fallback;
}

bool bool_at(const Json& value, std::initializer_list<std::string_view> path, bool fallback) {
    const Json& found = at_path(value, path);
    return found.is_boolean() ? found.get<bool>() : fallback;
}

const Json& list_at(const Json& value, std::initializer_list<std::string_view> path) {
    const Json& found = at_path(value, path);
    return found.is_array() ? found : k_empty_list;
}

std::string dump_json(const Json& value, int indent) {
    return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace su
