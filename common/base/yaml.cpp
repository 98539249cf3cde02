// SPDX-License-Identifier: Apache-2.0
// The only file that reads or writes YAML values (the profile loader also reads marks for line numbers).
#include "base/json.hpp"
#include "base/text.hpp"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>

namespace su {

namespace {

constexpr int k_max_depth = 100;
constexpr std::size_t k_max_nodes = 1'000'000;  // a bomb of anchors ends here, real charts are far below

Json plain_scalar(const std::string& text) {
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    if (const auto number = parse_int(text.starts_with('+') ? text.substr(1) : text)) return *number;
    const std::string digits = text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text;
    const int base = digits.starts_with("0x") ? 16 : digits.starts_with("0o") ? 8 : 0;
    if (base != 0) {
        std::int64_t value = 0;
        const auto [end, ec] = std::from_chars(digits.data() + 2, digits.data() + digits.size(), value, base);
        if (ec == std::errc{} && end == digits.data() + digits.size()) return text[0] == '-' ? -value : value;
    }
    if (digits == ".inf" || digits == ".nan" || digits.empty() ||
        digits.find_first_not_of("0123456789.eE+-") != std::string::npos ||
        digits.find_first_of("0123456789") == std::string::npos) {
        return text;
    }
    double real = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), real);
    if (ec != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(real)) return text;
    return text[0] == '-' ? -real : real;
}

struct Converter {
    std::size_t nodes = 0;

    Json convert(const YAML::Node& node, int depth) {
        if (depth > k_max_depth || ++nodes > k_max_nodes)
            throw YAML::Exception(node.Mark(), "too deep or too large");
        switch (node.Type()) {
            case YAML::NodeType::Scalar: {
                const bool quoted =
                    node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str" || node.Tag() == "!!str";
                return quoted ? Json(node.Scalar()) : plain_scalar(node.Scalar());
            }
            case YAML::NodeType::Sequence: {
                Json list = Json::array();
                for (const auto& item : node) list.push_back(convert(item, depth + 1));
                return list;
            }
            case YAML::NodeType::Map:
                return convert_map(node, depth);
            default:
                return nullptr;
        }
    }

    Json convert_map(const YAML::Node& node, int depth) {
        Json map = Json::object();
        for (const auto& pair : node) {
            if (!pair.first.IsScalar()) throw YAML::Exception(pair.first.Mark(), "a key must be a scalar");
            if (pair.first.Scalar() == "<<" && pair.second.IsMap()) {
                const Json merged = convert(pair.second, depth + 1);
                for (const auto& [key, value] : merged.items()) {
                    if (!map.contains(key)) map[key] = value;
                }
                continue;
            }
            map[pair.first.Scalar()] = convert(pair.second, depth + 1);
        }
        return map;
    }
};

Error yaml_error(const YAML::Exception& error, const std::string& what) {
    const std::string place = error.mark.is_null() ? "" : ":" + std::to_string(error.mark.line + 1);
    return {Errc::invalid, what + place + ": " + error.msg, {}};
}

void emit(YAML::Emitter& out, const Json& value) {
    if (value.is_object()) {
        if (value.empty()) out << YAML::Flow;
        out << YAML::BeginMap;
        for (const auto& [key, member] : value.items()) {
            out << YAML::Key;
            if (!plain_scalar(key).is_string()) out << YAML::DoubleQuoted;
            out << key << YAML::Value;
            emit(out, member);
        }
        out << YAML::EndMap;
    } else if (value.is_array()) {
        if (value.empty()) out << YAML::Flow;
        out << YAML::BeginSeq;
        for (const auto& item : value) emit(out, item);
        out << YAML::EndSeq;
    } else if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        // YAML 1.1 readers (helm's too, for some words) take yes/no/on/off as booleans
        static const std::vector<std::string> words{"yes", "no", "on", "off", "y", "n"};
        const bool word = std::find(words.begin(), words.end(), to_lower(text)) != words.end();
        if (contains(text, "\n") && printable(text, true) == text && text.find_first_not_of(" \n") == 0) {
            out << YAML::Literal << text;
        } else {
            if (word || !plain_scalar(text).is_string()) out << YAML::DoubleQuoted;
            out << text;
        }
    } else if (value.is_null()) {
        out << YAML::Null;
    } else {
        out << dump_json(value);
    }
}

}  // namespace

Result<Json> parse_yaml(std::string_view text, const std::string& what) {
    auto all = parse_yaml_all(text, what);
    if (!all) return all.error();
    if (all->size() > 1) return Error{Errc::invalid, what + " has more than one YAML document", {}};
    return all->empty() ? Json() : std::move(all->front());
}

Result<std::vector<Json>> parse_yaml_all(std::string_view text, const std::string& what) {
    try {
        std::vector<Json> documents;
        for (const auto& node : YAML::LoadAll(std::string(text))) {
            Converter converter;
            Json document = converter.convert(node, 0);
            if (!document.is_null()) documents.push_back(std::move(document));
        }
        return documents;
    } catch (const YAML::Exception& error) {
        return yaml_error(error, what);
    }
}

std::string dump_yaml(const Json& value) {
    YAML::Emitter out;
    out.SetIndent(2);
    emit(out, value);
    return std::string(out.c_str()) + "\n";
}

}  // namespace su
