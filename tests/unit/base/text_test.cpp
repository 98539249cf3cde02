// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

#include <catch2/catch.hpp>

using namespace su;

TEST_CASE("printable: no terminal escape passes") {
    CHECK(printable("a\x1b[31mb") == "a\\x1b[31mb");
    CHECK(printable("a\nb") == "a\\x0ab");
    CHECK(printable("a\nb", true) == "a\nb");
    CHECK(printable("\xc2\x9b"
                    "31m") == "\\xc2\\x9b31m");
    CHECK(printable("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
    CHECK(printable("\xff") == "\\xff");
    CHECK(printable("a\xe2\x80\xae"
                    "b") == "a\\xe2\\x80\\xaeb");
}

TEST_CASE("parse_duration takes what helm takes") {
    CHECK(parse_duration("90s") == std::chrono::seconds{90});
    CHECK(parse_duration("5m") == std::chrono::minutes{5});
    CHECK(parse_duration("1h30m") == std::chrono::minutes{90});
    CHECK(parse_duration("250ms") == std::chrono::milliseconds{250});
    CHECK_FALSE(parse_duration("5").has_value());
    CHECK_FALSE(parse_duration("").has_value());
    CHECK_FALSE(parse_duration("5x").has_value());
}

TEST_CASE("nearest suggests what was probably meant") {
    const std::vector<std::string> words{"backup", "backups", "rollback", "restore"};
    CHECK(nearest("rolback", words) == "rollback");
    CHECK(nearest("bakup", words) == "backup");
    CHECK_FALSE(nearest("photos-release", words).has_value());
}

TEST_CASE("base64 comes back as it went, and refuses garbage") {
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        bytes += static_cast<char>(i);
        CHECK(base64_decode(base64_encode(bytes)) == bytes);
    }
    CHECK_FALSE(base64_decode("a$b=").has_value());
}

TEST_CASE("shell_quote: what is pasted is what was meant") {
    CHECK(shell_quote("plain-1.2/x=y") == "plain-1.2/x=y");
    CHECK(shell_quote("it's") == "'it'\\''s'");
    CHECK(shell_quote("") == "''");
}
