// SPDX-License-Identifier: Apache-2.0
#include "backup/store.hpp"

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace su {

namespace {

constexpr const char* k_manifest = "manifest.json";
constexpr std::uint64_t k_most_manifest = 16ULL << 20;

Result<void> check_names(const std::string& name_space, const std::string& release) {
    if (!is_dns_name(name_space))
        return Error{Errc::usage, "'" + printable(name_space) + "' is no namespace name", {}};
    if (!is_dns_name(release))
        return Error{Errc::usage, "'" + printable(release) + "' is no release name", {}};
    return {};
}

/// Regular files of the right length: a link could lead out of the folder.
Result<void> check_file(const fs::path& folder, const Artifact& artifact) {
    struct stat info {};
    const fs::path file = folder / artifact.file;
    if (::lstat(file.c_str(), &info) != 0) return errno_error("cannot read " + file.string());
    if (!S_ISREG(info.st_mode)) return Error{Errc::invalid, file.string() + " is no regular file", {}};
    if (static_cast<std::uint64_t>(info.st_size) != artifact.length) {
        return Error{Errc::corrupt,
                     file.string() + " has " + std::to_string(info.st_size) + " bytes, its manifest says " +
                         std::to_string(artifact.length),
                     {}};
    }
    return {};
}

Result<StoredBackup> load(const fs::path& folder) {
    SU_ASSIGN(const auto text, read_file(folder / k_manifest, k_most_manifest));
    SU_ASSIGN(const Json json, parse_json(text, (folder / k_manifest).string()));
    auto manifest = backup_manifest_from_json(json);
    if (!manifest) return manifest.error().context((folder / k_manifest).string());
    for (const auto& artifact : manifest->artifacts) SU_TRY(check_file(folder, artifact));
    return StoredBackup{folder, std::move(*manifest)};
}

/// Makes `wanted`, or with "-2", "-3" ... when another backup of the same second has it.
Result<fs::path> make_new_folder(const fs::path& parent, std::string& id) {
    const std::string wanted = id;
    for (int i = 1; i < 1000; ++i) {
        if (i > 1) id = wanted + "-" + std::to_string(i);
        const fs::path path = parent / id;
        if (::mkdir(path.c_str(), 0700) == 0) return path;
        if (errno != EEXIST) return errno_error("cannot make folder " + path.string());
    }
    return Error{Errc::conflict, "cannot find a free name for the backup in " + parent.string(), {}};
}

}  // namespace

BackupFolder::BackupFolder(fs::path path, BackupManifest made)
    : manifest(std::move(made)), m_path(std::move(path)) {}

BackupFolder::BackupFolder(BackupFolder&& other) noexcept
    : manifest(std::move(other.manifest)),
      m_path(std::exchange(other.m_path, {})),
      m_committed(other.m_committed) {}

BackupFolder::~BackupFolder() {
    std::error_code
        ignored;  // a destructor has nobody to tell; without a manifest the folder is no backup anyway
    if (!m_path.empty() && !m_committed) fs::remove_all(m_path, ignored);
}

Result<void> BackupFolder::add(const std::string& file, const std::string& kind, const std::string& of,
                               std::string_view bytes) {
    const fs::path path = m_path / file;
    SU_ASSIGN(auto out, AtomicFile::create(path));
    SU_TRY(out.write(bytes));
    SU_TRY(out.commit());
    SU_ASSIGN(const auto digest, digest_file(path));
    Artifact artifact;
    artifact.file = file;
    artifact.kind = kind;
    artifact.of = of;
    artifact.length = bytes.size();
    artifact.sha256 = sha256_hex(bytes);
    if (digest.length != artifact.length || digest.sha256 != artifact.sha256) {
        return Error{Errc::corrupt, path.string() + " does not read back as it was written", {}};
    }
    artifact.level = Level::v3;
    artifact.created_at = to_rfc3339(now());
    manifest.artifacts.push_back(std::move(artifact));
    return {};
}

Result<void> BackupFolder::commit() {
    // what this writes must be what open() takes
    const Json json = to_json(manifest);
    SU_TRY(backup_manifest_from_json(json));
    for (const auto& artifact : manifest.artifacts) SU_TRY(check_file(m_path, artifact));
    SU_ASSIGN(auto file, AtomicFile::create(m_path / k_manifest));
    SU_TRY(file.write(dump_json(json, 2) + "\n"));
    SU_TRY(file.commit());
    m_committed = true;
    return {};
}

Result<BackupFolder> BackupStore::begin(BackupManifest manifest) {
    SU_TRY(check_names(manifest.name_space, manifest.release));
    const fs::path parent = m_root / manifest.name_space / manifest.release;
    SU_TRY(make_private_dir(parent));
    if (manifest.created_at.empty()) manifest.created_at = to_rfc3339(now());
    manifest.id = to_file_stamp(parse_rfc3339(manifest.created_at).value_or(now())) + "-r" +
                  std::to_string(manifest.revision);
    SU_ASSIGN(auto path, make_new_folder(parent, manifest.id));
    return BackupFolder(std::move(path), std::move(manifest));
}

Result<BackupListing> BackupStore::list(const std::string& name_space, const std::string& release) const {
    SU_TRY(check_names(name_space, release));
    BackupListing listing;
    const fs::path parent = m_root / name_space / release;
    std::error_code error;
    fs::directory_iterator entries(parent, error);
    if (error == std::errc::no_such_file_or_directory) return listing;
    if (error) return Error{Errc::io, "cannot read folder " + parent.string() + ": " + error.message(), {}};
    for (; entries != fs::directory_iterator(); entries.increment(error)) {
        if (error)
            return Error{Errc::io, "cannot read folder " + parent.string() + ": " + error.message(), {}};
        if (!entries->is_directory(error)) continue;
        auto backup = load(entries->path());
        if (backup && backup->manifest.id == entries->path().filename().string()) {
            listing.backups.push_back(std::move(*backup));
        } else if (backup) {
            listing.incomplete.push_back(entries->path().string() + " holds the manifest of another backup");
        } else if (backup.error().code == Errc::not_found &&
                   !fs::exists(entries->path() / k_manifest, error)) {
            listing.incomplete.push_back(entries->path().string() +
                                         " has no manifest: a backup that was not finished");
        } else {
            listing.incomplete.push_back(printable(backup.error().message));
        }
    }
    std::sort(listing.incomplete.begin(), listing.incomplete.end());
    std::sort(
        listing.backups.begin(), listing.backups.end(), [](const StoredBackup& a, const StoredBackup& b) {
            const auto& x = a.manifest;
            const auto& y = b.manifest;
            // "...-r3-10" was made after "...-r3-2"
            return std::tuple(x.created_at, x.id.size(), x.id) > std::tuple(y.created_at, y.id.size(), y.id);
        });
    return listing;
}

Result<StoredBackup> BackupStore::open(const std::string& name_space, const std::string& release,
                                       const std::string& id) const {
    if (contains(id, "/") || id == "." || id == "..") return load(id);
    SU_ASSIGN(auto listing, list(name_space, release));
    if (id == "latest" && !listing.backups.empty()) return std::move(listing.backups.front());
    for (auto& backup : listing.backups) {
        if (backup.manifest.id == id) return std::move(backup);
    }
    const fs::path folder = m_root / name_space / release / id;
    if (is_dns_name(id) && fs::exists(folder / k_manifest)) return load(folder);  // for its own error
    std::vector<std::string> known;
    for (const auto& backup : listing.backups) known.push_back(backup.manifest.id);
    return Error{Errc::not_found,
                 "no backup '" + printable(id) + "' of release " + name_space + "/" + release + " in " +
                     m_root.string(),
                 known.empty() ? std::string("there is none yet") : "these exist: " + join(known, ", ")};
}

}  // namespace su
