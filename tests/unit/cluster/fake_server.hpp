// SPDX-License-Identifier: Apache-2.0
// A unix socket that answers as the test says, one connection after the other.
#pragma once

#include "base/fd.hpp"
#include "base/file.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace su::test {

inline void send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

inline std::string json_answer(int status, const std::string& body) {
    return "HTTP/1.1 " + std::to_string(status) +
           " X\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

inline std::string chunk(const std::string& data) {
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", data.size());
    return size + data + "\r\n";
}

inline const std::string k_chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

class FakeServer {
  public:
    /// `serve` gets each connection with its request (head and body) already read.
    using Serve = std::function<void(int fd, const std::string& request)>;

    explicit FakeServer(Serve serve) : m_serve(std::move(serve)), m_folder(*TempDir::create()) {
        m_listener = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path().c_str(), sizeof address.sun_path - 1);
        ::bind(m_listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
        ::listen(m_listener.get(), 16);
        m_thread = std::jthread([this] { run(); });
    }
    ~FakeServer() { ::shutdown(m_listener.get(), SHUT_RDWR); }

    [[nodiscard]] std::string path() const { return m_folder.path() / "api"; }
    [[nodiscard]] std::vector<std::string> requests() {
        const std::lock_guard lock(m_mutex);
        return m_requests;
    }

  private:
    void run() {
        for (;;) {
            const Fd connection(::accept(m_listener.get(), nullptr, nullptr));
            if (!connection) return;
            const std::string request = read_request(connection.get());
            {
                const std::lock_guard lock(m_mutex);
                m_requests.push_back(request);
            }
            m_serve(connection.get(), request);
        }
    }

    static std::string read_request(int fd) {
        std::string request;
        char byte = 0;
        while (!request.ends_with("\r\n\r\n") && ::read(fd, &byte, 1) == 1) request += byte;
        const auto at = request.find("Content-Length: ");
        if (at == std::string::npos) return request;
        auto left = std::stoul(request.substr(at + 16));
        while (left-- > 0 && ::read(fd, &byte, 1) == 1) request += byte;
        return request;
    }

    Serve m_serve;
    TempDir m_folder;
    Fd m_listener;
    std::mutex m_mutex;
    std::vector<std::string> m_requests;
    std::jthread m_thread;
};

}  // namespace su::test
