// SPDX-License-Identifier: Apache-2.0
#include "diff/mask.hpp"

#include "base/text.hpp"

#include <catch2/catch.hpp>

using namespace su;

TEST_CASE("keys that hold secrets are known in every spelling") {
    for (const char* key : {"password",
                            "dbPassword",
                            "DB_PASSWORD",
                            "db-password",
                            "mysqlrootpassword",
                            "DB_PASS",
                            "passwd",
                            "API_TOKEN",
                            "apiToken",
                            "authtoken",
                            "secretKey",
                            "SECRET_KEY_BASE",
                            "clientSecret",
                            "privateKey",
                            "credentials",
                            "apiKey",
                            "API_KEY",
                            "AWS_SECRET_ACCESS_KEY",
                            "JWT_SECRET",
                            "passphrase",
                            "dsn",
                            "encryption-key",
                            "--password",
                            "PGPASSWORD",
                            "secret",
                            "token",
                            "postgresql.auth.password"}) {
        INFO(key);
        CHECK(is_secret_key(key));
    }
}

TEST_CASE("keys that name or describe a secret hold none") {
    for (const char* key : {"existingSecret",
                            "existingSecretKey",
                            "secretName",
                            "passwordSecretRef",
                            "secretKeyRef",
                            "imagePullSecrets",
                            "DB_PASSWORD_FILE",
                            "tokenTtl",
                            "passwordMinLength",
                            "passwordPolicy",
                            "automountServiceAccountToken",
                            "name",
                            "key",
                            "sortKey",
                            "tokenizer",
                            "bypass",
                            "compass",
                            "keyboard",
                            "publicKey",
                            "host",
                            "",
                            "...",
                            "maxTokens",
                            "password_length"}) {
        INFO(key);
        CHECK_FALSE(is_secret_key(key));
    }
}

TEST_CASE("values that look like secrets are known without their key") {
    for (const char* value :
         {"postgres://u:hunter2@db/x", "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----",
          "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
          "3f786850e387550fdab836ed7e6dc881de23001b", "k7J2mQ9xW4zR8tY1vB6nC3pL",
          "ghp_0123456789abcdefghij"}) {
        INFO(value);
        CHECK(is_secret_value(value));
    }
    for (const char* value :
         {"", "photos-server", "ghcr.io/immich-app/immich-server:v1.119.0", "http://db:5432/x",
          "https://example.com/a?b=c@d", "123e4567-e89b-12d3-a456-426614174000", "10Gi",
          "/usr/src/app/upload", "photos-machine-learning-7d9f8b6c5-abcde", "http://proxy:8080/a@b",
          "select name from migrations",
          "repo@sha256:3f786850e387550fdab836ed7e6dc881de23001b3f786850e387550fdab83600"}) {
        INFO(value);
        CHECK_FALSE(is_secret_value(value));
    }
}

TEST_CASE("secrets inside a text are replaced and the rest stays") {
    const auto check = [](const char* text, const char* masked) { CHECK(mask_text(text) == masked); };
    check("connect to postgres://photos:hunter2@db:5432/photos failed",
          "connect to postgres://photos:***@db:5432/photos failed");
    check("redis://:hunter2@cache", "redis://:***@cache");
    check("url amqp://u:p/a#ss@host/x", "url amqp://u:***@host/x");
    check("DB_PASSWORD=hunter2 DB_HOST=db", "DB_PASSWORD=*** DB_HOST=db");
    check("host=db;password=hunter2;user=me", "host=db;password=***;user=me");
    check("password=a,b;c d", "password=*** d");
    check("{\"password\": \"hun\\\"ter2\", \"user\": \"me\"}", "{\"password\": \"***\", \"user\": \"me\"}");
    check("\"{\\\"password\\\":\\\"hunter2\\\"}\"", "\"{\\\"password\\\":\\\"***\\\"}\"");
    check("password: 'hunter 2'", "password: '***'");
    check("psql --password hunter2 -h db", "psql --password *** -h db");
    check("--api-token=hunter2", "--api-token=***");
    check("Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer ***");
    check("GET /x?token=hunter2&page=2", "GET /x?token=***&page=2");
    check("a\n-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nb", "a\n***\nb");
    check("cut -----BEGIN EC PRIVATE KEY-----\nMIIE", "cut ***");
}

TEST_CASE("texts without secrets are not touched") {
    for (const char* text :
         {"password authentication failed for user photos", "basic settings are fine",
          "secret photos-db not found", "GET http://server:2283/api/assets@2 200", "the token was refused",
          "-----BEGIN CERTIFICATE-----\nMII", "listening on 0.0.0.0:2283", "", "://", "x://:@",
          "password=", "--password", "\"password\":\"\""}) {
        INFO(text);
        CHECK(mask_text(text) == text);
    }
}

TEST_CASE("masking twice is masking once") {
    for (const char* text :
         {"postgres://u:p@h password=x {\"token\": \"y\"} --secret z", "Bearer abcdefghijklmnopq"}) {
        const auto once = mask_text(text);
        CHECK(mask_text(once) == once);
    }
}

TEST_CASE("a mask has one length whatever the secret's is") {
    CHECK(mask_value("password", "a") == mask_value("password", std::string(1000, 'a')));
    CHECK(mask_value("password", 1) == "***");
    CHECK(mask_value("password", 123456) == "***");
}

TEST_CASE("leaves are masked at any depth and names stay") {
    const Json values = Json::parse(R"({
        "auth": {"username": "photos", "password": "hunter2", "existingSecret": "db"},
        "secrets": {"db": {"anything": "hunter2"}, "list": ["hunter2", 7]},
        "secret": {"name": "photos-db", "key": "password", "create": true},
        "env": [{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "DB_HOST", "value": "db"},
                {"name": "X", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
        "args": ["--password", "hunter2", "--token=hunter2", "-v"],
        "note": "token=hunter2", "enabled": true, "tokens": null, "pass": ""})");
    const Json masked = mask_value("", values);
    CHECK_FALSE(contains(masked.dump(), "hunter2"));
    CHECK(masked["auth"]["existingSecret"] == "db");
    CHECK(masked["auth"]["username"] == "photos");
    CHECK(masked["secret"] == values["secret"]);
    CHECK(masked["env"][1] == values["env"][1]);
    CHECK(masked["env"][2] == values["env"][2]);
    CHECK(masked["args"] == Json::parse(R"(["--password", "***", "--token=***", "-v"])"));
    CHECK(masked["pass"] == "");
    CHECK(masked["tokens"].is_null());
}

TEST_CASE("a Secret's data is masked whole, and objects that only point to one are not") {
    const Json secret = Json::parse(R"({"kind": "Secret", "metadata": {"name": "db", "annotations": {
        "kubectl.kubernetes.io/last-applied-configuration": "{\"stringData\":{\"password\":\"hunter2\"}}"}},
        "data": {"user": "cGhvdG9z", "n": ""}, "stringData": {"host": "db"}})");
    const Json masked = mask_object(secret);
    CHECK(masked["data"] == Json::parse(R"({"user": "***", "n": "***"})"));
    CHECK(masked["stringData"]["host"] == "***");
    CHECK_FALSE(contains(masked.dump(), "hunter2"));
    const Json pod =
        Json::parse(R"({"kind": "Pod", "spec": {"volumes": [{"name": "v", "secret": {"secretName": "db",
        "defaultMode": 420, "items": [{"key": "password", "path": "pw"}]}}], "imagePullSecrets": [{"name": "r"}]}})");
    CHECK(mask_object(pod) == pod);
}

TEST_CASE("whatever the shape, masking keeps it") {
    for (const char* text : {"null", "[]", "{}", "5", "\"x\"", R"({"kind": "Secret", "data": 5})",
                             R"([[{"name": 5, "value": 6}]])"}) {
        const Json value = Json::parse(text);
        CHECK(mask_object(value) == value);
    }
}
