// SPDX-License-Identifier: Apache-2.0
// Backup folders: ROOT/NAMESPACE/RELEASE/ID/{manifest.json, artifacts}. manifest.json is written last,
// atomically: a folder without it is no backup. docs/reference/backup.md documents the format.
#pragma once

#include "base/file.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace su {

/// What was proven, see DESIGN section 6: exit status; length and SHA-256 from inside the pod equal to ours;
/// table of contents names the expected tables; every byte decoded; restored into a scratch database and
/// counted.
enum class Level { none = -1, v0 = 0, v1, v2, v3, v4 };
std::string level_name(Level level);  ///< "V3"; "-" for none

struct Artifact {
    std::string file;  ///< name inside the folder, no separators
    std::string kind;  ///< "postgres", "helm-release", "values", "manifest"
    std::string of;    ///< what it is a copy of: "photos on StatefulSet/photos-db"
    std::uint64_t length = 0;
    std::string sha256;
    Level level = Level::none;
    std::string made_by;  ///< the command in the pod or here, no secrets
    std::string tool_version;
    std::string created_at;
    Json facts = Json::object();  ///< kind's own: database, tables with counts, raw_length, raw_sha256,
                                  ///< schema_version ...
};

struct BackupManifest {
    std::string id;  ///< "20261121-114221-r3"
    std::string release;
    std::string name_space;
    int revision = 0;
    std::string incarnation;
    std::string chart;  ///< "photos-1.0.0"
    std::string created_at;
    std::string by;
    std::string program;  ///< "safe-upgrade 0.1.0"
    std::vector<Artifact> artifacts;
    std::vector<std::string> not_included;  ///< stores that it does not hold, sentences
    std::vector<std::string> secrets_in;    ///< artifacts that hold secrets in clear

    /// The lowest level among artifacts that hold data.
    [[nodiscard]] Level level() const;
};

Json to_json(const BackupManifest& manifest);
Result<BackupManifest> backup_manifest_from_json(const Json& json);

/// A backup in the making. Without commit() the folder is removed when this goes.
class BackupFolder {
  public:
    BackupFolder(BackupFolder&&) noexcept;
    ~BackupFolder();
    [[nodiscard]] const fs::path& path() const { return m_path; }
    BackupManifest manifest;

    /// Writes a small artifact, reads it back and compares (V3 for what was decoded before).
    Result<void> add(const std::string& file, const std::string& kind, const std::string& of,
                     std::string_view bytes);
    Result<void> commit();

  private:
    friend class BackupStore;
    BackupFolder(fs::path path, BackupManifest manifest);
    fs::path m_path;
    bool m_committed = false;
};

struct StoredBackup {
    fs::path path;
    BackupManifest manifest;
};

struct BackupListing {
    std::vector<StoredBackup> backups;  ///< newest first
    std::vector<std::string>
        incomplete;  ///< folders without a manifest, and unreadable manifests, as sentences
};

class BackupStore {
  public:
    explicit BackupStore(fs::path root) : m_root(std::move(root)) {}
    [[nodiscard]] const fs::path& root() const { return m_root; }
    Result<BackupFolder> begin(BackupManifest manifest);
    [[nodiscard]] Result<BackupListing> list(const std::string& name_space, const std::string& release) const;
    /// By id ("latest" too) or by path. Errors: not_found with the ids that exist; invalid.
    [[nodiscard]] Result<StoredBackup> open(const std::string& name_space, const std::string& release,
                                            const std::string& id) const;

  private:
    fs::path m_root;
};

}  // namespace su
