// SPDX-License-Identifier: Apache-2.0
#include "report/style.hpp"

#include "base/text.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace su {

Style Style::of(std::FILE* stream) {
    Style style;
    const int fd = ::fileno(stream);
    const char* term = std::getenv("TERM");
    const bool dumb = term != nullptr && std::string_view(term) == "dumb";
    style.live = ::isatty(fd) == 1 && !dumb;
    const char* no_color = std::getenv("NO_COLOR");
    style.colour = style.live && (no_color == nullptr || no_color[0] == '\0');
    winsize size{};
    if (style.live && ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) {
        style.width = std::min<std::size_t>(size.ws_col, 120);
    }
    return style;
}

namespace {

std::string painted(bool colour, const char* code, std::string_view text) {
    if (!colour) return std::string(text);
    return std::string("\033[") + code + "m" + std::string(text) + "\033[0m";
}

}  // namespace

std::string Style::good(std::string_view text) const {
    return painted(colour, "32", text);
}
std::string Style::bad(std::string_view text) const {
    return painted(colour, "31", text);
}
std::string Style::warn(std::string_view text) const {
    return painted(colour, "33", text);
}
std::string Style::dim(std::string_view text) const {
    return painted(colour, "2", text);
}
std::string Style::bold(std::string_view text) const {
    return painted(colour, "1", text);
}

std::size_t display_width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
    std::string out;
    std::size_t column = indent;
    for (const auto& word : split(text, ' ')) {
        if (column > indent && column + 1 + display_width(word) > width) {
            out += "\n" + std::string(indent, ' ');
            column = indent;
        } else if (column > indent) {
            out += ' ';
            ++column;
        }
        out += word;
        column += display_width(word);
    }
    return out;
}

std::string table(const std::vector<std::vector<std::string>>& rows, std::size_t width, std::size_t indent) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            widths[i] = std::max(widths[i], display_width(row[i]));
    }
    std::string out;
    for (const auto& row : rows) {
        std::string line(indent, ' ');
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i + 1 == row.size()) {
                const std::size_t column = display_width(line);
                line += width > column + 20 ? wrap(row[i], width, column) : row[i];
            } else {
                line += row[i] + std::string(widths[i] - display_width(row[i]) + 2, ' ');
            }
        }
        while (!line.empty() && line.back() == ' ') line.pop_back();
        out += line + "\n";
    }
    return out;
}

}  // namespace su
