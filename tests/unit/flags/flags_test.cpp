// SPDX-License-Identifier: Apache-2.0
#include "helm-plugin/flags.hpp"

#include "base/file.hpp"
#include "base/json.hpp"
#include "helm-plugin/upgrade_args.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <set>

using namespace su;

TEST_CASE("names and short names are unique, refused flags say why") {
    std::set<std::string_view> names;
    std::set<char> letters;
    for (const auto& row : flag_table()) {
        INFO(row.name);
        CHECK(names.insert(row.name).second);
        if (row.short_name != 0) CHECK(letters.insert(row.short_name).second);
        CHECK_FALSE(row.note.empty());
        CHECK(row.helm.empty() == (row.fate == Fate::own));
        CHECK(find_flag(row.name) == &row);
    }
    CHECK(find_flag("no-such-flag") == nullptr);
    CHECK(find_short_flag('Z') == nullptr);
}

TEST_CASE("every row can be parsed: no flag without a setter") {
    for (const auto& row : flag_table()) {
        if (row.fate == Fate::refused) continue;
        INFO(row.name);
        std::string value = "x";
        if (row.name == "timeout") value = "5m";
        if (row.name == "output") value = "json";
        if (row.name == "on-failure") value = "keep";
        if (row.name == "strategy") value = "rolling";
        const auto name = "--" + std::string(row.name);
        CHECK(parse_upgrade_args({"r", "c", row.takes == Takes::value ? name + "=" + value : name})
                  .has_value());
    }
}

TEST_CASE("docs/reference/flags.md is what the table says") {
    const fs::path file = (fs::path(SU_TEST_DATA) / "../../../../docs/reference/flags.md").lexically_normal();
    if (std::getenv("SU_UPDATE_DOCS") != nullptr)
        REQUIRE(write_file(file, flag_table_markdown()).has_value());
    const auto text = read_file(file);
    REQUIRE(text.has_value());
    INFO("scripts/gen-flag-docs writes it anew");
    CHECK(text.value() == flag_table_markdown());
}

TEST_CASE("the JSON form has every row") {
    const auto json = parse_json(flag_table_json(), "table");
    REQUIRE(json.has_value());
    CHECK(json.value().size() == flag_table().size());
    CHECK(text_at(json.value()[0], {"fate"}) == "own");
}
