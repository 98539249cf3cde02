// SPDX-License-Identifier: Apache-2.0
#include "base/clock.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace su {

namespace {

std::string format(Time time, const char* pattern) {
    const std::time_t seconds =
        std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 64> buffer{};
    const std::size_t length = std::strftime(buffer.data(), buffer.size(), pattern, &parts);
    return {buffer.data(), length};
}

}  // namespace

Time now() {
    return std::chrono::system_clock::now();
}

std::string to_rfc3339(Time time) {
    return format(time, "%Y-%m-%dT%H:%M:%SZ");
}

std::string to_rfc3339_micro(Time time) {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(
                            time - std::chrono::floor<std::chrono::seconds>(time))
                            .count();
    std::array<char, 32> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%06ldZ", static_cast<long>(micros));
    return format(time, "%Y-%m-%dT%H:%M:%S") + fraction.data();
}

std::string to_file_stamp(Time time) {
    return format(time, "%Y%m%d-%H%M%S");
}

std::optional<Time> parse_rfc3339(std::string_view text) {
    const std::string copy(text);
    std::tm parts{};
    int consumed = 0;
    if (std::sscanf(copy.c_str(), "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &parts.tm_year, &parts.tm_mon,
                    &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &consumed) != 6) {
        return std::nullopt;
    }
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    Time time = std::chrono::system_clock::from_time_t(timegm(&parts));
    std::size_t at = static_cast<std::size_t>(consumed);
    if (at < copy.size() && copy[at] == '.') {
        long unit = 100'000'000;
        long nanos = 0;
        for (++at; at < copy.size() && copy[at] >= '0' && copy[at] <= '9'; ++at, unit /= 10) {
            nanos += (copy[at] - '0') * unit;
        }
        time += std::chrono::duration_cast<Time::duration>(std::chrono::nanoseconds{nanos});
    }
    if (at < copy.size() && (copy[at] == 'Z' || copy[at] == 'z')) return time;
    int hours = 0;
    int minutes = 0;
    if (at >= copy.size() || std::sscanf(copy.c_str() + at + 1, "%2d:%2d", &hours, &minutes) != 2)
        return std::nullopt;
    const auto offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
    if (copy[at] == '+') return time - offset;
    if (copy[at] == '-') return time + offset;
    return std::nullopt;
}

}  // namespace su
