// SPDX-License-Identifier: Apache-2.0
// Drives common/backup against a real cluster, for the cluster tests and the soak:
//   backup_probe find|dump|list|verify|restore|test-restore|swap|swap-back|drop|since|can-restore NAMESPACE
//   ROOT [ARG]
// prints one JSON object; exit 0 when it went well. $KUBECTL and $KUBECONFIG as usual; RELEASE is "probe".
// swap and drop take the new database's name, swap-back the kept one's, the others a backup id (default:
// latest).
#include "backup/postgres.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "cluster/connection.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <thread>

using namespace su;

namespace {

constexpr const char* k_release = "probe";

Json error_json(const Error& error) {
    return {{"error", errc_name(error.code)}, {"message", error.message}, {"hint", error.hint}};
}

Json database_json(const Database& db) {
    return {{"id", db.id},
            {"name", db.name},
            {"user", db.user},
            {"host", db.host},
            {"pod", db.exec_in.pod},
            {"container", db.exec_in.container},
            {"inServerPod", db.in_server_pod},
            {"insideRelease", db.inside_release},
            {"workload", db.workload},
            {"passwordEnv", db.password_env},
            {"connectHost", db.connect_host},
            {"server", db.server_version},
            {"tools", db.tools_version},
            {"size", db.size_bytes},
            {"evidence", db.evidence}};
}

DatabaseSpec usual_spec() {
    DatabaseSpec spec;
    spec.env_url = {"DB_URL", "DATABASE_URL"};
    spec.env_host = {"DB_HOSTNAME", "DB_HOST", "PGHOST"};
    spec.env_port = {"DB_PORT"};
    spec.env_user = {"DB_USERNAME", "DB_USER"};
    spec.env_password = {"DB_PASSWORD"};
    spec.env_name = {"DB_DATABASE_NAME", "DB_NAME"};
    return spec;
}

Result<FoundDatabases> find(ClusterReader& reader, const std::string& name_space, std::stop_token stop) {
    DatabaseSearch search;
    search.name_space = name_space;
    search.specs = {usual_spec()};
    SU_ASSIGN(search.pods, reader.list(api_path("v1", "pods", name_space), "", stop));
    for (const char* plural : {"statefulsets", "deployments"}) {
        SU_ASSIGN(const auto workloads, reader.list(api_path("apps/v1", plural, name_space), "", stop));
        for (const auto& workload : workloads) {
            search.own_workloads.push_back(text_at(workload, {"kind"}) + "/" +
                                           text_at(workload, {"metadata", "name"}));
        }
    }
    return find_databases(reader, search, stop);
}

struct Job {
    std::string verb;
    std::string name_space;
    BackupStore store;
    std::string argument;
};

Result<Json> dump(ClusterReader& reader, const Database& db, const Job& job, std::stop_token stop) {
    BackupManifest manifest;
    manifest.release = k_release;
    manifest.name_space = job.name_space;
    manifest.revision = 1;
    auto store = job.store;
    SU_ASSIGN(auto folder, store.begin(manifest));
    SU_TRY(dump_postgres(reader, db, usual_spec(), folder, {}, stop));
    SU_TRY(folder.commit());
    return to_json(folder.manifest);
}

Result<Json> on_backup(ClusterReader& reader, const Database& db, const Job& job, std::stop_token stop) {
    const auto backup =
        job.store.open(job.name_space, k_release, job.argument.empty() ? "latest" : job.argument);
    if (!backup) return backup.error();
    const Artifact* artifact = nullptr;
    for (const auto& candidate : backup->manifest.artifacts) {
        if (candidate.kind == "postgres" && text_at(candidate.facts, {"database"}) == db.name)
            artifact = &candidate;
    }
    if (artifact == nullptr) return Error{Errc::not_found, "the backup has no dump of " + db.name, {}};
    if (job.verb == "restore") {
        SU_ASSIGN(const auto restored,
                  restore_postgres_beside(reader, db, backup->path, *artifact, {}, stop));
        return Json{{"newName", restored.new_name}, {"counts", restored.counts}};
    }
    if (job.verb == "test-restore") {
        SU_ASSIGN(const auto counts, test_restore_postgres(reader, db, backup->path, *artifact, stop));
        return Json{{"counts", counts}};
    }
    SU_ASSIGN(const auto since, written_since(reader, db, *artifact, stop));
    return Json{{"since", since}};
}

Result<Json> on_cluster(ClusterReader& reader, const Job& job, std::stop_token stop) {
    SU_ASSIGN(const auto found, find(reader, job.name_space, stop));
    Json problems = Json::array();
    for (const auto& problem : found.problems) problems.push_back(error_json(problem));
    if (job.verb == "find") {
        Json databases = Json::array();
        for (const auto& db : found.databases) databases.push_back(database_json(db));
        return Json{{"databases", databases}, {"problems", problems}};
    }
    if (found.databases.empty()) {
        return Error{Errc::not_found, "no database found: " + dump_json(problems), {}};
    }
    const Database& db = found.databases.front();
    if (job.verb == "dump") return dump(reader, db, job, stop);
    if (job.verb == "can-restore") {
        SU_TRY(can_restore(reader, db, stop));
        return Json{{"canRestore", true}};
    }
    if (job.verb == "swap") {
        SU_ASSIGN(const auto swapped, swap_postgres(reader, db, {job.argument, {}}, stop));
        return Json{{"keptAs", swapped.kept_as}};
    }
    if (job.verb == "swap-back") {
        SU_TRY(swap_back_postgres(reader, db, {job.argument}, stop));
        return Json::object();
    }
    if (job.verb == "drop") {
        SU_TRY(drop_restored(reader, db, {job.argument, {}}, stop));
        return Json::object();
    }
    return on_backup(reader, db, job, stop);
}

Result<Json> on_store(const Job& job, std::stop_token stop) {
    if (job.verb == "list") {
        SU_ASSIGN(const auto listing, job.store.list(job.name_space, k_release));
        Json ids = Json::array();
        for (const auto& backup : listing.backups) ids.push_back(backup.manifest.id);
        return Json{{"backups", ids}, {"incomplete", listing.incomplete}};
    }
    const auto backup =
        job.store.open(job.name_space, k_release, job.argument.empty() ? "latest" : job.argument);
    if (!backup) return backup.error();
    for (const auto& artifact : backup->manifest.artifacts)
        SU_TRY(verify_artifact(backup->path, artifact, stop));
    return Json{{"verified", backup->manifest.artifacts.size()}, {"id", backup->manifest.id}};
}

Result<Json> run(const Job& job, std::stop_token stop) {
    if (job.verb == "list" || job.verb == "verify") return on_store(job, stop);
    ClusterTarget target;
    if (const char* kubectl = std::getenv("KUBECTL"); kubectl != nullptr) target.kubectl = kubectl;
    target.name_space = job.name_space;
    SU_ASSIGN(auto connection, Connection::open(target, stop));
    return on_cluster(connection.reader(), job, stop);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) {
        std::cerr << "usage: backup_probe VERB NAMESPACE ROOT [ARG]\n";
        return 2;
    }
    // Ctrl-C is a stop token here too, so that the tests can try what an interrupt leaves behind
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::stop_source source;
    std::thread([&source, set] {
        int number = 0;
        sigwait(&set, &number);
        source.request_stop();
    }).detach();
    const Job job{argv[1], argv[2], BackupStore(argv[3]), argc > 4 ? argv[4] : ""};
    const auto start = std::chrono::steady_clock::now();
    const auto result = run(job, source.get_token());
    Json out = result ? *result : error_json(result.error());
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
    out["ms"] = took.count();
    std::cout << dump_json(out, 1) << "\n" << std::flush;
    std::_Exit(result ? 0 : 1);
}
