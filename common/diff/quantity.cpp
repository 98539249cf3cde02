// SPDX-License-Identifier: Apache-2.0
#include "diff/quantity.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace su {

namespace {

struct Suffix {
    std::string_view text;
    long double factor;
};

constexpr long double k_ki = 1024;
// k8s.io/apimachinery/pkg/api/resource: decimal and binary suffixes
constexpr std::array<Suffix, 16> k_suffixes{{{"", 1},
                                             {"n", 1e-9L},
                                             {"u", 1e-6L},
                                             {"m", 1e-3L},
                                             {"k", 1e3L},
                                             {"M", 1e6L},
                                             {"G", 1e9L},
                                             {"T", 1e12L},
                                             {"P", 1e15L},
                                             {"E", 1e18L},
                                             {"Ki", k_ki},
                                             {"Mi", k_ki* k_ki},
                                             {"Gi", k_ki* k_ki* k_ki},
                                             {"Ti", k_ki* k_ki* k_ki* k_ki},
                                             {"Pi", k_ki* k_ki* k_ki* k_ki* k_ki},
                                             {"Ei", k_ki* k_ki* k_ki* k_ki* k_ki* k_ki}}};

std::optional<long double> parse_text(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    long double number = 0;
    const char* end = text.data() + text.size();
    auto [rest, ec] = std::from_chars(text.data(), end, number);
    if (ec != std::errc{} || !std::isfinite(number)) return std::nullopt;
    const std::string_view tail(rest, static_cast<std::size_t>(end - rest));
    for (const auto& suffix : k_suffixes) {
        if (suffix.text == tail) return number * suffix.factor;
    }
    return std::nullopt;
}

}  // namespace

std::optional<long double> parse_quantity(const Json& value) {
    if (value.is_number()) return value.get<long double>();
    if (!value.is_string()) return std::nullopt;
    return parse_text(value.get_ref<const std::string&>());
}

bool same_quantity(const Json& a, const Json& b) {
    const auto left = parse_quantity(a);
    const auto right = parse_quantity(b);
    if (!left || !right) return false;
    return std::abs(*left - *right) <= 1e-12L * std::max(std::abs(*left), std::abs(*right));
}

}  // namespace su
