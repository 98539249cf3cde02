// SPDX-License-Identifier: Apache-2.0
// A conversation with psql: after every statement it echoes a marker line with the statement's outcome, so
// that an answer's end is known and an answer that was cut is never taken for a short one.
#include "base/text.hpp"
#include "database/tool.hpp"

#include <atomic>
#include <chrono>
#include <utility>

namespace su {

namespace {

using Clock = std::chrono::steady_clock;

constexpr char k_field = '\x1f';
constexpr std::size_t k_most_answer = 64U << 20;
constexpr std::size_t k_most_said = 16U << 10;

std::string next_marker() {
    static std::atomic<std::uint64_t> counter{0};
    const auto ticks = static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
    return "su-marker-" + std::to_string(ticks) + "-" + std::to_string(++counter);
}

std::vector<std::string> psql_args() {
    // Records end by a zero byte, which no text value can hold (-0); fields are split by US, not by a line
    // end.
    return {"-X", "-q",
            "-A", "-t",
            "-w", "-0",
            "-F", std::string(1, k_field),
            "-v", "ON_ERROR_STOP=0",
            "-v", "VERBOSITY=default",
            "-f", "-"};
}

Rows parse_rows(std::string_view text) {
    Rows rows;
    while (!text.empty()) {
        const auto end = text.find('\0');
        rows.push_back(split(text.substr(0, end), k_field));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return rows;
}

/// The outcome line "MARKER false 00000 message" and what stood before it.
struct Answer {
    std::string rows;
    std::string failed;  ///< psql's :ERROR
    std::string message;
};

std::optional<Answer> find_answer(const std::string& text, const std::string& marker) {
    const auto end = text.find(marker + "-end\n");
    if (end == std::string::npos) return std::nullopt;
    const auto at = text.find(marker);
    Answer answer;
    answer.rows = text.substr(0, at);
    std::string line = text.substr(at + marker.size() + 1, end - at - marker.size() - 1);
    const auto first = line.find(' ');
    answer.failed = line.substr(0, first);
    const auto second = first == std::string::npos ? first : line.find(' ', first + 1);
    if (second != std::string::npos) answer.message = trim(line.substr(second + 1));
    return answer;
}

}  // namespace

struct PsqlSession::State {
    std::unique_ptr<ExecSession> exec;
    std::string where;
    std::string out;
    std::string said;  ///< stderr
    std::optional<Error> broken;

    Result<Answer> ask(const std::string& sql, std::stop_token stop, std::chrono::milliseconds wait);
    Result<Answer> read_answer(const std::string& marker, std::stop_token stop,
                               std::chrono::milliseconds wait);
    Result<void> take(ExecSession::Chunk chunk);
};

Result<void> PsqlSession::State::take(ExecSession::Chunk chunk) {
    switch (chunk.channel) {
        case ExecSession::Channel::out:
            out += chunk.data;
            break;
        case ExecSession::Channel::err:
            said += chunk.data;
            break;
        case ExecSession::Channel::status:
            return tool_error("psql", where, chunk.exit_code,
                              chunk.message.empty() ? said : said + " " + chunk.message);
    }
    if (said.size() > k_most_said) said.erase(0, said.size() - k_most_said);
    if (out.size() > k_most_answer)
        return Error{Errc::invalid, "psql's answer for " + where + " is larger than 64 MiB", {}};
    return {};
}

Result<Answer> PsqlSession::State::read_answer(const std::string& marker, std::stop_token stop,
                                               std::chrono::milliseconds wait) {
    const auto deadline = Clock::now() + wait;
    std::size_t seen = 0;
    while (true) {
        // the last piece may have ended inside the marker
        const std::size_t from = seen > marker.size() + 8 ? seen - marker.size() - 8 : 0;
        if (out.find(marker + "-end\n", from) != std::string::npos) return *find_answer(out, marker);
        seen = out.size();
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0)
            return Error{Errc::timed_out, "psql did not answer for " + where + " in time", {}};
        auto chunk = exec->next(stop, left);
        if (!chunk) return chunk.error().context("psql for " + where);
        SU_TRY(take(std::move(*chunk)));
    }
}

Result<Answer> PsqlSession::State::ask(const std::string& sql, std::stop_token stop,
                                       std::chrono::milliseconds wait) {
    if (broken) return *broken;
    const std::string marker = next_marker();
    out.clear();
    said.clear();
    // psql's own variables tell the outcome in order with the rows; stderr is another stream and may come
    // later
    const std::string text = sql + (trim(sql).ends_with(';') ? "\n" : "\n;\n") + "\\echo " + marker +
                             " :ERROR :SQLSTATE :LAST_ERROR_MESSAGE\n\\echo " + marker + "-end\n";
    Result<Answer> answer = Error{};
    if (auto written = exec->write(text, stop); !written) {
        // the tool may have ended with a reason that is already here
        auto late = read_answer(marker, stop, std::chrono::seconds{2});
        const bool told = !late && late.error().code != Errc::timed_out && late.error().code != Errc::cut;
        answer = told ? late.error() : written.error().context("psql for " + where);
    } else {
        answer = read_answer(marker, stop, wait);
    }
    if (!answer) broken = answer.error();
    return answer;
}

PsqlSession::PsqlSession(std::unique_ptr<State> state) : m_state(std::move(state)) {}
PsqlSession::PsqlSession(PsqlSession&&) noexcept = default;
PsqlSession& PsqlSession::operator=(PsqlSession&&) noexcept = default;
PsqlSession::~PsqlSession() = default;

Result<PsqlSession> PsqlSession::open(ClusterReader& reader, const Database& db, std::stop_token stop,
                                      const std::string& database_name) {
    ExecRequest request;
    request.where = db.exec_in;
    request.argv = tool_argv(db, "psql", psql_args(), database_name);
    auto state = std::make_unique<State>();
    state->where = where_text(db, database_name);
    SU_ASSIGN(state->exec, reader.open_exec(request, stop));
    PsqlSession session(std::move(state));
    // A role's own timeouts would end a long count; row security must refuse rather than hide rows (as
    // pg_dump does).
    SU_ASSIGN(auto ignored, session.run("SET statement_timeout = 0", stop, std::chrono::seconds{30}));
    (void)ignored;
    return session;
}

Result<Rows> PsqlSession::run(const std::string& sql, std::stop_token stop, std::chrono::milliseconds wait) {
    SU_ASSIGN(auto answer, m_state->ask(sql, stop, wait));
    if (answer.failed == "true") {
        return Error{Errc::tool_failed, m_state->where + ": " + printable(answer.message), {}};
    }
    if (answer.failed != "false") {
        return Error{Errc::unsupported, "psql for " + m_state->where + " is older than 11", {}};
    }
    return parse_rows(answer.rows);
}

Result<Rows> query(ClusterReader& reader, const Database& db, const std::string& sql, std::stop_token stop,
                   const std::string& database_name) {
    SU_ASSIGN(auto session, PsqlSession::open(reader, db, stop, database_name));
    return session.run(sql, stop);
}

}  // namespace su
