// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "plan/plan.hpp"

namespace su {

std::optional<Semver> parse_semver(std::string_view text) {
    if (text.starts_with('v')) text.remove_prefix(1);
    const auto core = text.substr(0, text.find_first_of("-+"));
    const auto parts = split(core, '.');
    if (parts.empty() || parts.size() > 3) return std::nullopt;
    std::vector<int> numbers;
    for (const auto& part : parts) {
        const auto number = parse_int(part);
        if (!number || *number < 0 || *number > 1'000'000'000) return std::nullopt;
        numbers.push_back(static_cast<int>(*number));
    }
    numbers.resize(3);
    return Semver{numbers[0], numbers[1], numbers[2]};
}

bool in_range(const Semver& version, std::string_view range) {
    for (const auto& term : split(range, ' ')) {
        if (term.empty()) continue;
        const auto digits = term.find_first_of("0123456789v");
        const auto bound =
            digits == std::string::npos ? std::nullopt : parse_semver(std::string_view(term).substr(digits));
        if (!bound) return false;
        const auto op = term.substr(0, digits);
        const bool holds = op == "<"    ? version < *bound
                           : op == "<=" ? version <= *bound
                           : op == ">"  ? version > *bound
                           : op == ">=" ? version >= *bound
                                        : version == *bound;
        if (!holds) return false;
    }
    return true;
}

}  // namespace su
