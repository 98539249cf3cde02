// SPDX-License-Identifier: Apache-2.0
// Files or stdin, read in blocks: memory does not grow with them.
#include "base/fd.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "diff/mask.hpp"
#include "kubectl-plugin/run.hpp"
#include "logs/scan.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iostream>

namespace su {

namespace {

/// A longer line is taken in pieces.
constexpr std::size_t k_longest_line = 64 * 1024;

/// Hands whole lines on; what is left waits for the next block.
void take_lines(LogScanner& scanner, std::string& buffer, bool at_end) {
    std::size_t begin = 0;
    while (true) {
        const std::size_t end = buffer.find('\n', begin);
        if (end == std::string::npos) break;
        std::string_view line = std::string_view(buffer).substr(begin, end - begin);
        if (line.ends_with('\r')) line.remove_suffix(1);
        scanner.feed(line, {});
        begin = end + 1;
    }
    buffer.erase(0, begin);
    if ((at_end && !buffer.empty()) || buffer.size() > k_longest_line) {
        scanner.feed(buffer, {});
        buffer.clear();
    }
}

Result<void> scan_file(const std::string& path, LogScanner& scanner) {
    Fd opened;
    if (path != "-") {
        opened.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!opened) return errno_error("cannot open " + path);
    }
    std::string block(1 << 18, '\0');
    std::string buffer;
    while (true) {
        const ssize_t got = ::read(path == "-" ? STDIN_FILENO : opened.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error("cannot read " + path);
        if (got > 0) buffer.append(block, 0, static_cast<std::size_t>(got));
        take_lines(scanner, buffer, got == 0);
        if (got == 0) return {};
    }
}

Result<LogScanner> scan_all(const Options& options) {
    SU_ASSIGN(auto scanner, LogScanner::create(options.ignore));
    for (const auto& path : options.files) SU_TRY(scan_file(path, scanner));
    return scanner;
}

const char* severity_name(Severity severity) {
    return severity == Severity::fatal ? "fatal" : "error";
}

void print_json(const LogScanner& scanner, int code) {
    Json patterns = Json::array();
    for (const auto& pattern : scanner.patterns()) {
        patterns.push_back({{"count", pattern.count},
                            {"severity", severity_name(pattern.severity)},
                            {"template", printable(mask_text(pattern.text))},
                            {"example", printable(mask_text(pattern.example))}});
    }
    std::cout << dump_json({{"format", 1},
                            {"lines", scanner.lines()},
                            {"errors", scanner.errors()},
                            {"exitCode", code},
                            {"patterns", patterns}},
                           2)
              << "\n";
}

}  // namespace

int scan_logs(const Options& options) {
    const auto scanner = scan_all(options);
    if (!scanner) return report_error(scanner.error(), options);
    const bool well =
        scanner->errors() <= static_cast<std::uint64_t>(std::max<std::int64_t>(0, options.max_errors));
    const int code = static_cast<int>(well ? ExitCode::well : ExitCode::checks_failed);
    if (options.output == "json") {
        print_json(*scanner, code);
        return code;
    }
    for (const auto& pattern : scanner->patterns()) {
        std::cout << pattern.count << " x " << printable(mask_text(pattern.example)) << "\n";
    }
    const auto patterns = static_cast<std::int64_t>(scanner->patterns().size());
    std::cout << plural(static_cast<std::int64_t>(scanner->errors()), "error line") << " of "
              << plural(patterns, "kind") << " in "
              << plural(static_cast<std::int64_t>(scanner->lines()), "line") << "\n";
    return code;
}

}  // namespace su
