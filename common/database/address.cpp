// SPDX-License-Identifier: Apache-2.0
#include "database/address.hpp"

#include "base/text.hpp"

#include <array>
#include <cctype>

namespace su {

namespace {

std::string percent_decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto is_hex = [&](std::size_t at) {
            return at < text.size() && std::isxdigit(static_cast<unsigned char>(text[at])) != 0;
        };
        if (text[i] == '%' && is_hex(i + 1) && is_hex(i + 2)) {
            out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

void set_port(DatabaseAddress& address, std::string_view text) {
    const auto port = parse_int(text);
    if (port && *port > 0 && *port < 65536) address.port = static_cast<int>(*port);
}

/// host, host:port, [::1]:port
void set_host_port(DatabaseAddress& address, std::string_view text) {
    text = text.substr(0, text.find(','));
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        address.host = text.substr(1, end == std::string_view::npos ? end : end - 1);
        if (end != std::string_view::npos && text.substr(end).starts_with("]:"))
            set_port(address, text.substr(end + 2));
        return;
    }
    const auto colon = text.find(':');
    address.host = percent_decode(text.substr(0, colon));
    if (colon != std::string_view::npos) set_port(address, text.substr(colon + 1));
}

void set_parameter(DatabaseAddress& address, std::string_view key, std::string_view value) {
    if (key == "host") set_host_port(address, value);
    if (key == "port") set_port(address, value);
    if (key == "user" || key == "username") address.user = value;
    if (key == "dbname" || key == "database") address.name = value;
    if (key == "password") address.has_password = true;
}

DatabaseAddress parse_rest(std::string_view rest) {
    DatabaseAddress address;
    const auto query = rest.find('?');
    const std::string_view parameters =
        query == std::string_view::npos ? std::string_view() : rest.substr(query + 1);
    rest = rest.substr(0, query);
    const auto slash = rest.find('/', rest.rfind('@') == std::string_view::npos ? 0 : rest.rfind('@'));
    if (slash != std::string_view::npos) address.name = percent_decode(rest.substr(slash + 1));
    std::string_view authority = rest.substr(0, slash);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        const auto login = authority.substr(0, at);
        address.user = percent_decode(login.substr(0, login.find(':')));
        address.has_password = login.find(':') != std::string_view::npos;
        authority.remove_prefix(at + 1);
    }
    set_host_port(address, authority);
    for (const auto& pair : split(parameters, '&')) {
        const auto equals = pair.find('=');
        if (equals != std::string::npos) {
            set_parameter(address, pair.substr(0, equals),
                          percent_decode(std::string_view(pair).substr(equals + 1)));
        }
    }
    return address;
}

std::optional<DatabaseAddress> parse_keywords(std::string_view text) {
    if (!contains(text, "host=") && !contains(text, "dbname=")) return std::nullopt;
    DatabaseAddress address;
    for (const auto& word : split(text, ' ')) {
        const auto equals = word.find('=');
        if (equals == std::string::npos) continue;
        set_parameter(address, word.substr(0, equals), replace_all(word.substr(equals + 1), "'", ""));
    }
    return address;
}

}  // namespace

std::optional<DatabaseAddress> parse_database_url(std::string_view text) {
    if (text.starts_with("jdbc:")) text.remove_prefix(5);
    const auto scheme_end = text.find("://");
    auto address = std::optional<DatabaseAddress>();
    if (scheme_end == std::string_view::npos) {
        address = parse_keywords(text);
    } else {
        const std::string scheme = to_lower(text.substr(0, scheme_end));
        if (!scheme.starts_with("postgres") && !scheme.starts_with("postgis")) return std::nullopt;
        address = parse_rest(text.substr(scheme_end + 3));
    }
    if (address && address->name.empty()) address->name = address->user;  // libpq's default
    return address;
}

std::vector<ServiceName> service_names(std::string_view host, const std::string& name_space) {
    while (host.ends_with('.')) host.remove_suffix(1);
    const auto parts = split(host, '.');
    if (host.find_first_not_of("0123456789.") == std::string_view::npos) return {};  // an address, no name
    for (const auto& part : parts) {
        if (part.empty() || !is_dns_name(part)) return {};
    }
    if (parts.size() == 1) return {{parts[0], name_space, {}}};
    std::vector<ServiceName> names;
    const bool service_first = parts.size() == 2 || parts[2] == "svc";
    if (service_first) names.push_back({parts[0], parts[1], {}});
    if (parts.size() == 2) names.push_back({parts[1], name_space, parts[0]});
    if (parts.size() >= 3 && !service_first) names.push_back({parts[1], parts[2], parts[0]});
    return names;
}

bool is_postgres_image(std::string_view image) {
    std::string name = to_lower(image);
    name = name.substr(0, name.find('@'));
    const std::string last = name.substr(name.rfind('/') == std::string::npos ? 0 : name.rfind('/'));
    constexpr std::array<std::string_view, 10> not_servers{"exporter",  "operator",     "backup",  "pgadmin",
                                                           "postgrest", "pooler",       "bouncer", "pgpool",
                                                           "client",    "postgres-init"};
    for (const auto word : not_servers) {
        if (contains(last, word)) return false;
    }
    constexpr std::array<std::string_view, 6> servers{"postgres", "postgis",  "timescale",
                                                      "pgvecto",  "pgvector", "spilo"};
    for (const auto word : servers) {
        if (contains(name, word)) return true;
    }
    return false;
}

}  // namespace su
