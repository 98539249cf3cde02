// SPDX-License-Identifier: Apache-2.0
// How text looks: colours for meaning only, and only on a terminal without NO_COLOR (no-color.org).
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace su {

struct Style {
    bool colour = false;
    bool live = false;  ///< a terminal: lines may be drawn again
    std::size_t width = 80;

    /// For stdout or stderr as they are now.
    static Style of(std::FILE* stream);

    [[nodiscard]] std::string good(std::string_view text) const;
    [[nodiscard]] std::string bad(std::string_view text) const;
    [[nodiscard]] std::string warn(std::string_view text) const;
    [[nodiscard]] std::string dim(std::string_view text) const;
    [[nodiscard]] std::string bold(std::string_view text) const;
};

/// Breaks at spaces so that no line is longer than `width`; every line after the first gets `indent` spaces.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent);
/// Left-aligned columns with two spaces between; the last column is wrapped.
std::string table(const std::vector<std::vector<std::string>>& rows, std::size_t width,
                  std::size_t indent = 0);
/// Columns of a text as a terminal counts them (UTF-8 code points; good enough for names).
std::size_t display_width(std::string_view text);

}  // namespace su
