// SPDX-License-Identifier: Apache-2.0
#include "cluster/connection.hpp"

#include "base/file.hpp"
#include "base/json.hpp"
#include "cluster/kubeconfig.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace su;

namespace {

constexpr const char* k_config = R"(
apiVersion: v1
kind: Config
current-context: one
clusters: [{name: c, cluster: {server: "https://s:6443", certificate-authority-data: Q0E=}}]
users: [{name: u, user: {client-certificate-data: Y2VydA==}}]
contexts:
- {name: one, context: {cluster: c, user: u}}
- {name: two, context: {cluster: c, user: u, namespace: photos}}
)";

struct Folder {
    TempDir folder = *TempDir::create();
    std::string file(const std::string& name, const std::string& text, mode_t mode = 0600) const {
        const std::string path = folder.path() / name;
        REQUIRE(write_file(path, text));
        ::chmod(path.c_str(), mode);
        return path;
    }
};

}  // namespace

TEST_CASE("the namespace is the context's, as kubectl would take it") {
    const Folder folder;
    ClusterTarget target;
    target.kubeconfig = folder.file("config", k_config);
    CHECK(context_namespace(target) == "default");
    target.context = "two";
    CHECK(context_namespace(target) == "photos");
    target.context = "no such";
    CHECK(context_namespace(target) == "default");
}

TEST_CASE("the flags for kubectl hold everything but the token") {
    ClusterTarget target;
    target.kubeconfig = "/k";
    target.context = "c";
    target.token = "t0ken";
    target.as_user = "u";
    target.as_groups = {"g1", "g2"};
    CHECK(kubectl_flags(target) == std::vector<std::string>{"--kubeconfig=/k", "--context=c", "--as=u",
                                                            "--as-group=g1", "--as-group=g2"});
}

TEST_CASE("a token goes into a private kubeconfig in place of the context's login") {
    const Folder folder;
    ClusterTarget target;
    target.token = "t0ken";
    target.kubectl = folder.file("kubectl", R"(#!/bin/sh
echo '{"clusters":[{"name":"c","cluster":{"server":"https://s"}}],"users":[{"name":"u","user":{"password":"p"}}],
"contexts":[{"name":"one","context":{"cluster":"c","user":"u","namespace":"photos"}}]}'
)",
                                 0700);
    const auto path = write_token_kubeconfig(target, folder.folder.path(), {});
    REQUIRE(path);
    struct stat info {};
    REQUIRE(::stat(path->c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    const auto config = parse_json(*read_file(*path), "kubeconfig");
    REQUIRE(config);
    CHECK((*config)["users"] == Json::parse(R"([{"name":"target","user":{"token":"t0ken"}}])"));
    CHECK((*config)["clusters"][0]["cluster"]["server"] == "https://s");
    CHECK((*config)["contexts"][0]["context"]["namespace"] == "photos");
}

TEST_CASE("kubectl's own words explain why there is no connection, without the token") {
    const Folder folder;
    ClusterTarget target;
    target.kubectl =
        folder.file("kubectl", "#!/bin/sh\necho 'error: context \"x\" does not exist' >&2; exit 1\n", 0700);
    const auto connection = Connection::open(target, {});
    REQUIRE_FALSE(connection);
    CHECK(connection.error().code == Errc::unreachable);
    CHECK(connection.error().message == "cannot connect to the cluster: error: context \"x\" does not exist");
    CHECK(connection.error().hint == "try the same with: kubectl get --raw /version");
}

TEST_CASE("a kubectl that is not there is not_found") {
    ClusterTarget target;
    target.kubectl = "no-such-kubectl";
    const auto connection = Connection::open(target, {});
    REQUIRE_FALSE(connection);
    CHECK(connection.error().code == Errc::not_found);
}
