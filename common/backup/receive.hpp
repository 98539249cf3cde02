// SPDX-License-Identifier: Apache-2.0
// Our end of a dump's way: takes the stream of a script (scripts.hpp), proves it against its trailer,
// acknowledges it.
#pragma once

#include "backup/postgres.hpp"
#include "backup/stream_check.hpp"
#include "backup/trailer.hpp"

namespace su {

struct ReceiveRequest {
    ExecRequest exec;
    std::vector<std::string> stages;  ///< all must have ended with 0
    std::string what;                 ///< for messages
    std::uint64_t expected = 0;       ///< unpacked bytes, an estimate
    std::function<void()> on_first_byte;
    std::function<bool()> give_up;  ///< asked now and then; true ends the transfer (cancelled)
    std::chrono::milliseconds stall =
        std::chrono::minutes{10};  ///< heartbeats, but no data for so long: timed_out
};

struct Received {
    StreamDigest digest;
    std::vector<std::string> contents;  ///< lines of the dump's table of contents
};

/// Writes what comes to `file` (not committed). Returns only what is proven: every stage's status 0, both
/// lengths and both SHA-256 equal. Errors: cut, corrupt, tool_failed, unsupported, no_space, io, timed_out,
/// cancelled.
Result<Received> receive_stream(ClusterReader& reader, const ReceiveRequest& request, AtomicFile& file,
                                const OnProgress& progress, std::stop_token stop);

/// The same for a session that is already open.
Result<Received> receive_stream(ExecSession& session, const ReceiveRequest& request, AtomicFile& file,
                                const OnProgress& progress, std::stop_token stop);

}  // namespace su
