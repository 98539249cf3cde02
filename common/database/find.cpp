// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "database/address.hpp"
#include "database/environment.hpp"
#include "database/probe.hpp"
#include "database/server.hpp"
#include "database/tool.hpp"

#include <set>

namespace su {

namespace {

/// What an application's container says about a database it uses.
struct Candidate {
    std::string spec_id;
    DatabaseAddress address;
    ContainerRef client;
    std::string password_env;  ///< in the client's container
    std::string evidence;
    const Json* client_pod = nullptr;
    bool server_itself = false;  ///< from a server pod's own POSTGRES_* variables
};

class Finder {
  public:
    Finder(ClusterReader& reader, const DatabaseSearch& search, std::stop_token stop)
        : m_reader(reader), m_search(search), m_cache(reader), m_stop(std::move(stop)) {}
    Result<FoundDatabases> find();

  private:
    void read_container(const Json& pod, const Json& container);
    Result<std::optional<Candidate>> read_spec(ContainerEnv& env, const DatabaseSpec& spec);
    void look_at(const Candidate& candidate);
    void look_at_unnamed_servers();
    void look_at_neighbours();
    Result<Database> reach(const Candidate& candidate);
    Result<Database> reach_in_server(const Candidate& candidate, const ServerPod& server, bool& in_recovery);
    Result<Database> reach_from_client(const Candidate& candidate);
    void add(Database database);

    ClusterReader& m_reader;
    const DatabaseSearch& m_search;
    ObjectCache m_cache;
    std::stop_token m_stop;
    std::set<std::string> m_seen;         ///< candidates looked at
    std::set<std::string> m_server_pods;  ///< "ns/pod" of servers that were reached or tried
    std::map<std::string, std::vector<std::string>> m_neighbours;  ///< "ns/pod" -> databases of that server
    FoundDatabases m_found;
};

bool is_cancelled(const Error& error) {
    return error.code == Errc::cancelled;
}

std::string key_of(const ContainerRef& where) {
    return where.name_space + "/" + where.pod;
}

/// Variables with the server's own password, by the images that set them.
const std::vector<std::string>& server_passwords() {
    static const std::vector<std::string> names{"POSTGRES_PASSWORD",      "POSTGRESQL_PASSWORD",
                                                "POSTGRES_PASSWORD_FILE", "POSTGRESQL_PASSWORD_FILE",
                                                "PGPASSWORD_SUPERUSER",   "PGPASSWORD"};
    return names;
}
const std::vector<std::string>& server_users() {
    static const std::vector<std::string> names{"POSTGRES_USER", "POSTGRESQL_USERNAME", "POSTGRESQL_USER"};
    return names;
}
const std::vector<std::string>& server_databases() {
    static const std::vector<std::string> names{"POSTGRES_DB", "POSTGRES_DATABASE", "POSTGRESQL_DATABASE"};
    return names;
}

Result<std::string> text_of(ContainerEnv& env, const std::vector<std::string>& names) {
    const std::string name = env.first_of(names);
    if (name.empty()) return std::string();
    SU_ASSIGN(auto value, env.value(name));
    return value.value_or("");
}

Result<std::optional<Candidate>> Finder::read_spec(ContainerEnv& env, const DatabaseSpec& spec) {
    Candidate candidate;
    candidate.spec_id = spec.id;
    candidate.password_env = env.first_of(spec.env_password);
    if (const std::string name = env.first_of(spec.env_url); !name.empty()) {
        SU_ASSIGN(const auto url, env.value(name));
        auto address = url ? parse_database_url(trim(*url)) : std::nullopt;
        if (url && !address && contains(*url, "://")) {
            const std::string scheme = printable(url->substr(0, url->find("://")));
            return Error{Errc::unsupported, name + " names a database of kind " + scheme,
                         "only PostgreSQL is known"};
        }
        if (address) {
            candidate.address = *address;
            if (address->has_password) candidate.password_env = name;
            candidate.evidence = "variable " + name;
            return std::optional(std::move(candidate));
        }
    }
    const std::string host_name = env.first_of(spec.env_host);
    if (host_name.empty()) return std::optional<Candidate>{};
    SU_ASSIGN(const auto host, text_of(env, {host_name}));
    if (host.empty()) return std::optional<Candidate>{};
    // applications take "host:port" too
    if (const auto address = parse_database_url("postgres://" + host)) candidate.address = *address;
    SU_ASSIGN(const auto port, text_of(env, spec.env_port));
    if (const auto number = parse_int(port); number && *number > 0 && *number < 65536) {
        candidate.address.port = static_cast<int>(*number);
    }
    SU_ASSIGN(const auto user, text_of(env, spec.env_user));
    candidate.address.user = user.empty() ? "postgres" : user;
    SU_ASSIGN(const auto name, text_of(env, spec.env_name));
    candidate.address.name = name.empty() ? candidate.address.user : name;
    candidate.evidence = "variable " + host_name;
    return std::optional(std::move(candidate));
}

void Finder::read_container(const Json& pod, const Json& container) {
    ContainerEnv env(pod, container, m_cache, m_stop);
    const ContainerRef where{text_at(pod, {"metadata", "namespace"}), text_at(pod, {"metadata", "name"}),
                             text_at(container, {"name"})};
    const std::string place = "container " + where.container + " of pod " + key_of(where);
    for (const auto& spec : m_search.specs) {
        if (spec.kind != "postgres") continue;
        auto candidate = read_spec(env, spec);
        if (!candidate) {
            Error problem = candidate.error().context("database of " + place);
            if (m_seen.insert(problem.message).second) m_found.problems.push_back(std::move(problem));
            continue;
        }
        if (!*candidate) continue;
        (*candidate)->client = where;
        (*candidate)->client_pod = &pod;
        (*candidate)->evidence += " of " + place + " names host " + printable((*candidate)->address.host);
        look_at(**candidate);
    }
}

void Finder::look_at(const Candidate& candidate) {
    const auto& address = candidate.address;
    const bool own_pod = address.host.empty() || candidate.server_itself || address.host == "localhost";
    const std::string key = address.host + "|" + std::to_string(address.port) + "|" + address.user + "|" +
                            address.name + "|" + candidate.client.name_space + "|" +
                            (own_pod ? candidate.client.pod : std::string());
    if (!m_seen.insert(key).second) return;
    auto database = reach(candidate);
    if (database) return add(std::move(*database));
    m_found.problems.push_back(
        database.error().context("database " + printable(address.name) + " (" + candidate.evidence + ")"));
}

/// In the server's own container: over the local socket when it lets us in, else over the loopback address.
Result<Database> Finder::reach_in_server(const Candidate& candidate, const ServerPod& server,
                                         bool& in_recovery) {
    const Json* container = server_container(server.pod, server.port);
    if (container == nullptr) return Error{Errc::not_found, "the pod has no container", {}};
    Database db;
    db.id = candidate.spec_id;
    db.name = candidate.address.name;
    db.user = candidate.address.user;
    db.host = candidate.address.host;
    db.port = server.port;
    db.exec_in = {text_at(server.pod, {"metadata", "namespace"}), text_at(server.pod, {"metadata", "name"}),
                  text_at(*container, {"name"})};
    db.in_server_pod = true;
    db.evidence = {candidate.evidence,
                   "server is pod " + key_of(db.exec_in) + ", container " + db.exec_in.container};
    ContainerEnv env(server.pod, *container, m_cache, m_stop);
    const auto own_user = text_of(env, server_users());
    std::vector<std::string> passwords{""};
    if (own_user && (*own_user == db.user || (own_user->empty() && db.user == "postgres"))) {
        if (const auto name = env.first_of(server_passwords()); !name.empty()) passwords.push_back(name);
    }
    std::optional<Error> first_error;
    for (const char* host : {"", "127.0.0.1"}) {
        for (const auto& password : passwords) {
            db.connect_host = host;
            db.password_env = password;
            auto probed = probe(m_reader, db, m_stop);
            if (probed) {
                SU_ASSIGN(db.workload, workload_of(m_reader, server.pod, m_stop));
                in_recovery = probed->in_recovery;
                m_neighbours[key_of(db.exec_in)] = probed->databases;
                return db;
            }
            if (!first_error) first_error = probed.error();
            if (probed.error().code != Errc::tool_failed) return probed.error();
        }
    }
    return *first_error;
}

Result<Database> Finder::reach_from_client(const Candidate& candidate) {
    if (candidate.server_itself) return Error{Errc::not_found, "no application's pod is known for it", {}};
    Database db;
    db.id = candidate.spec_id;
    db.name = candidate.address.name;
    db.user = candidate.address.user;
    db.host = candidate.address.host;
    db.port = candidate.address.port;
    db.exec_in = candidate.client;
    db.password_env = candidate.password_env;
    db.evidence = {candidate.evidence, "the application's own container has the client tools"};
    SU_TRY(probe(m_reader, db, m_stop));
    return db;
}

Result<Database> Finder::reach(const Candidate& candidate) {
    const auto servers =
        candidate.server_itself
            ? Result<std::vector<ServerPod>>({{*candidate.client_pod, candidate.address.port}})
            : pods_of_host(m_reader, candidate.address.host, candidate.address.port, *candidate.client_pod,
                           m_stop);
    Error reason = servers ? Error{Errc::not_found, "no server pod was found", {}} : servers.error();
    std::optional<Database> replica;
    std::string workload;
    if (servers) {
        for (const auto& server : *servers) {
            m_server_pods.insert(text_at(server.pod, {"metadata", "namespace"}) + "/" +
                                 text_at(server.pod, {"metadata", "name"}));
            bool in_recovery = false;
            auto database = reach_in_server(candidate, server, in_recovery);
            if (database && !in_recovery) return database;
            if (database && !replica) replica = std::move(*database);
            if (!database) reason = database.error();
            if (!database && is_cancelled(reason)) return reason;
            if (const auto known = workload_of(m_reader, server.pod, m_stop); known) workload = *known;
        }
    }
    if (replica) {
        replica->evidence.emplace_back("the server is a replica; its primary was not found");
        return *replica;
    }
    auto database = reach_from_client(candidate);
    if (database) {
        database->workload = workload;
        return database;
    }
    if (is_cancelled(database.error())) return database.error();
    reason.message += "; from the application's pod: " + database.error().message;
    if (reason.hint.empty()) reason.hint = database.error().hint;
    return reason;
}

void Finder::add(Database database) {
    const auto& own = m_search.own_workloads;
    database.inside_release = database.exec_in.name_space == m_search.name_space &&
                              !database.workload.empty() &&
                              std::find(own.begin(), own.end(), database.workload) != own.end();
    for (auto& known : m_found.databases) {
        const bool same_place = database.in_server_pod
                                    ? key_of(known.exec_in) == key_of(database.exec_in)
                                    : known.host == database.host && known.port == database.port;
        if (!same_place || known.in_server_pod != database.in_server_pod || known.name != database.name)
            continue;
        known.evidence.insert(known.evidence.end(), database.evidence.begin(), database.evidence.end());
        return;
    }
    m_found.databases.push_back(std::move(database));
}

/// A PostgreSQL image that was given another command and nothing that a server needs is a client (a backup
/// job's pod).
bool is_only_client(const Json& container, const ContainerEnv& env) {
    if (list_at(container, {"command"}).empty() || !list_at(container, {"ports"}).empty()) return false;
    return env.first_of(server_passwords()).empty() && env.first_of(server_users()).empty() &&
           !env.has("PGDATA");
}

void Finder::look_at_unnamed_servers() {
    for (const auto& pod : m_search.pods) {
        const std::string key =
            text_at(pod, {"metadata", "namespace"}) + "/" + text_at(pod, {"metadata", "name"});
        if (!is_running(pod) || m_server_pods.contains(key)) continue;
        for (const auto& container : list_at(pod, {"spec", "containers"})) {
            if (!is_postgres_image(text_at(container, {"image"}))) continue;
            ContainerEnv env(pod, container, m_cache, m_stop);
            if (is_only_client(container, env)) continue;
            Candidate candidate;
            candidate.spec_id = m_search.specs.empty() ? "database" : m_search.specs.front().id;
            candidate.client = {text_at(pod, {"metadata", "namespace"}), text_at(pod, {"metadata", "name"}),
                                text_at(container, {"name"})};
            candidate.client_pod = &pod;
            candidate.server_itself = true;
            candidate.address.user = text_of(env, server_users()).value_or("");
            if (candidate.address.user.empty()) candidate.address.user = "postgres";
            candidate.address.name = text_of(env, server_databases()).value_or("");
            if (candidate.address.name.empty()) candidate.address.name = candidate.address.user;
            candidate.evidence = "pod " + key + " runs a PostgreSQL image and nobody's variables name it";
            look_at(candidate);
            break;
        }
    }
}

/// Other databases on a server that belongs to the release: an upgrade of the server's own image touches them
/// too.
void Finder::look_at_neighbours() {
    const auto named = m_found.databases;
    std::set<std::string> done;
    for (const auto& known : named) {
        const std::string server = key_of(known.exec_in);
        if (!known.inside_release || !known.in_server_pod || !done.insert(server).second) continue;
        for (const auto& name : m_neighbours[server]) {
            Database other = known;
            other.name = name;
            const bool have = std::any_of(named.begin(), named.end(), [&](const Database& database) {
                return key_of(database.exec_in) == server && database.name == name;
            });
            if (have) continue;
            other.id = name;  // the profile's rules and queries are about the application's own database
            other.evidence = {"it is on the same server as database " + printable(known.name)};
            auto probed = probe(m_reader, other, m_stop);
            if (probed) {
                add(std::move(other));
            } else {
                m_found.problems.push_back(
                    probed.error().context("database " + printable(name) + " on the release's server"));
            }
        }
    }
}

Result<FoundDatabases> Finder::find() {
    for (const auto& pod : m_search.pods) {
        if (!is_running(pod)) continue;
        for (const auto& container : list_at(pod, {"spec", "containers"})) read_container(pod, container);
    }
    look_at_unnamed_servers();
    look_at_neighbours();
    if (m_stop.stop_requested()) return Error{Errc::cancelled, "the search for databases was stopped", {}};
    for (const auto& problem : m_found.problems) {
        if (problem.code == Errc::unreachable && m_found.databases.empty()) return problem;
    }
    return std::move(m_found);
}

}  // namespace

Result<FoundDatabases> find_databases(ClusterReader& reader, const DatabaseSearch& search,
                                      std::stop_token stop) {
    return Finder(reader, search, std::move(stop)).find();
}

}  // namespace su
