// SPDX-License-Identifier: Apache-2.0
#include "backup/store.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <fstream>

using namespace su;

namespace {

BackupManifest a_manifest(const std::string& created_at = "2026-11-21T11:42:21Z") {
    BackupManifest manifest;
    manifest.release = "photos";
    manifest.name_space = "web";
    manifest.revision = 3;
    manifest.created_at = created_at;
    return manifest;
}

StoredBackup make_backup(BackupStore& store, const std::string& created_at = "2026-11-21T11:42:21Z") {
    auto folder = store.begin(a_manifest(created_at));
    REQUIRE(folder);
    REQUIRE(folder->add("values.yaml", "values", "release web/photos", "a: 1\n"));
    REQUIRE(folder->commit());
    return {folder->path(), folder->manifest};
}

}  // namespace

TEST_CASE("a backup is there only after commit") {
    const auto temp = TempDir::create();
    BackupStore store(temp->path() / "root");
    fs::path path;
    {
        auto folder = store.begin(a_manifest());
        REQUIRE(folder);
        path = folder->path();
        REQUIRE(folder->add("values.yaml", "values", "x", "a: 1\n"));
        CHECK(fs::exists(path / "values.yaml"));
    }
    CHECK_FALSE(fs::exists(path));
    CHECK(store.list("web", "photos")->backups.empty());
    const auto made = make_backup(store);
    CHECK(made.manifest.id == "20261121-114221-r3");
    struct stat info {};
    REQUIRE(::stat(made.path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0700);
    REQUIRE(::stat((made.path / "manifest.json").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("a moved folder is still removed once") {
    const auto temp = TempDir::create();
    BackupStore store(temp->path());
    auto folder = store.begin(a_manifest());
    const fs::path path = folder->path();
    {
        const BackupFolder moved = std::move(*folder);
        CHECK(fs::exists(path));
    }
    CHECK_FALSE(fs::exists(path));
}

TEST_CASE("nothing is overwritten and ids stay unique") {
    const auto temp = TempDir::create();
    BackupStore store(temp->path());
    const auto first = make_backup(store);
    const auto second = make_backup(store);
    CHECK(second.manifest.id == "20261121-114221-r3-2");
    auto folder = store.begin(a_manifest());
    REQUIRE(folder->add("a.txt", "values", "x", "1"));
    const auto again = folder->add("a.txt", "values", "x", "2");
    REQUIRE_FALSE(again);
    CHECK(again.error().code == Errc::conflict);
    const auto later = make_backup(store, "2026-11-22T00:00:00Z");
    const auto listing = store.list("web", "photos");
    REQUIRE(listing);
    REQUIRE(listing->backups.size() == 3);
    CHECK(listing->backups[0].manifest.id == later.manifest.id);
    CHECK(listing->incomplete.size() == 1);
    CHECK(store.open("web", "photos", "latest")->manifest.id == later.manifest.id);
    CHECK(store.open("web", "photos", first.manifest.id)->path == first.path);
    CHECK(store.open("web", "photos", second.path.string())->manifest.id == second.manifest.id);
    const auto none = store.open("web", "photos", "20200101-000000-r1");
    REQUIRE_FALSE(none);
    CHECK(none.error().code == Errc::not_found);
    CHECK(none.error().hint.find(first.manifest.id) != std::string::npos);
}

TEST_CASE("names never leave the root") {
    const auto temp = TempDir::create();
    BackupStore store(temp->path());
    for (const char* name : {"..", "a/b", "", ".hidden", "UPPER", "a\nb"}) {
        auto manifest = a_manifest();
        manifest.release = name;
        CHECK_FALSE(store.begin(manifest));
        manifest = a_manifest();
        manifest.name_space = name;
        CHECK_FALSE(store.begin(manifest));
        CHECK_FALSE(store.list(name, "photos"));
    }
    CHECK(fs::is_empty(temp->path()));
}

TEST_CASE("hostile manifests are refused") {
    const auto temp = TempDir::create();
    BackupStore store(temp->path());
    const auto made = make_backup(store);
    const fs::path file = made.path / "manifest.json";
    const Json good = *parse_json(*read_file(file), "test");
    const auto with = [&](const std::string& pointer, const Json& value) {
        Json changed = good;
        changed[Json::json_pointer(pointer)] = value;
        std::ofstream(file) << changed;
        const auto opened = store.open("web", "photos", made.manifest.id);
        INFO(pointer << " = " << value);
        CHECK_FALSE(opened);
        CHECK(store.list("web", "photos")->backups.empty());
        CHECK(store.list("web", "photos")->incomplete.size() == 1);
    };
    for (const char* name : {"../values.yaml", "/etc/passwd", "a/b", "", ".", "..", ".x", "manifest.json",
                             "-rf", "a\nb", "a b"}) {
        with("/artifacts/0/file", name);
    }
    with("/artifacts/0/length", 4);
    with("/artifacts/0/length", -1);
    with("/artifacts/0/length", "5");
    with("/artifacts/0/length", 1e30);
    with("/artifacts/0/sha256", "abc");
    with("/artifacts/0/kind", 7);
    with("/artifacts/1", good["artifacts"][0]);
    with("/id", "../x");
    with("/release", "a/b");
    with("/format", 2);
    with("/artifacts/0", "text");
    std::ofstream(file) << "{ not json";
    CHECK_FALSE(store.open("web", "photos", made.manifest.id));
    std::ofstream(file) << good;
    REQUIRE(store.open("web", "photos", made.manifest.id));
    fs::remove(made.path / "values.yaml");
    fs::create_symlink("/etc/hostname", made.path / "values.yaml");
    CHECK_FALSE(store.open("web", "photos", made.manifest.id));
}

TEST_CASE("the level of a backup is that of its data") {
    BackupManifest manifest;
    CHECK(manifest.level() == Level::none);
    Artifact artifact;
    artifact.kind = "values";
    artifact.level = Level::v3;
    manifest.artifacts.push_back(artifact);
    CHECK(manifest.level() == Level::v3);
    artifact.kind = "postgres";
    artifact.level = Level::v1;
    manifest.artifacts.push_back(artifact);
    CHECK(level_name(manifest.level()) == "V1");
}
