// SPDX-License-Identifier: Apache-2.0
#include "database/address.hpp"

#include <catch2/catch.hpp>

using namespace su;

TEST_CASE("connection URLs of many drivers") {
    struct Row {
        const char* url;
        const char* host;
        int port;
        const char* user;
        const char* name;
    };
    for (const Row& row : {
             Row{"postgres://u:p@db:5433/photos", "db", 5433, "u", "photos"},
             Row{"postgresql+asyncpg://u:p%40x@db.ns.svc.cluster.local/photos?ssl=true",
                 "db.ns.svc.cluster.local", 5432, "u", "photos"},
             Row{"jdbc:postgresql://db/photos?user=u&password=p", "db", 5432, "u", "photos"},
             Row{"postgresql://u%20x@[::1]:5434/a%20b", "::1", 5434, "u x", "a b"},
             Row{"postgres://u:p@a:1,b:2/x", "a", 1, "u", "x"},
             Row{"postgres://u@db", "db", 5432, "u", "u"},
             Row{"postgres://u:p/q@db/x", "db", 5432, "u", "x"},
             Row{"host=db port=5435 user=u dbname='x' sslmode=disable", "db", 5435, "u", "x"},
             Row{"postgresql:///x?host=/var/run/postgresql", "/var/run/postgresql", 5432, "", "x"},
         }) {
        INFO(row.url);
        const auto address = parse_database_url(row.url);
        REQUIRE(address);
        CHECK(address->host == row.host);
        CHECK(address->port == row.port);
        CHECK(address->user == row.user);
        CHECK(address->name == row.name);
    }
}

TEST_CASE("what is no PostgreSQL address") {
    for (const char* text : {"", "mysql://u@db/x", "redis://r", "http://postgres/", "photos"})
        CHECK_FALSE(parse_database_url(text));
}

TEST_CASE("host names to Services") {
    const auto one = service_names("db", "ns");
    REQUIRE(one.size() == 1);
    CHECK(one[0].service == "db");
    CHECK(one[0].name_space == "ns");
    const auto full = service_names("db.data.svc.cluster.local.", "ns");
    REQUIRE(full.size() == 1);
    CHECK(full[0].name_space == "data");
    const auto pod = service_names("db-0.db.data.svc.cluster.local", "ns");
    REQUIRE(pod.size() == 1);
    CHECK(pod[0].pod == "db-0");
    CHECK(pod[0].service == "db");
    CHECK(pod[0].name_space == "data");
    CHECK(service_names("db-0.db", "ns").size() == 2);
    CHECK(service_names("10.0.0.7", "ns").empty());
    CHECK(service_names("../x", "ns").empty());
}

TEST_CASE("images of servers and of what only goes with them") {
    for (const char* image : {"postgres:16", "docker.io/bitnami/postgresql@sha256:0",
                              "tensorchord/pgvecto-rs:pg14", "ghcr.io/cloudnative-pg/postgresql:16",
                              "registry.backup.example/postgres:15", "timescale/timescaledb-ha"}) {
        INFO(image);
        CHECK(is_postgres_image(image));
    }
    for (const char* image :
         {"bitnami/postgres-exporter", "postgrest/postgrest", "ghcr.io/cloudnative-pg/cloudnative-pg:1.25",
          "prodrigestivill/postgres-backup-local", "edoburu/pgbouncer", "redis:7"}) {
        INFO(image);
        CHECK_FALSE(is_postgres_image(image));
    }
}
