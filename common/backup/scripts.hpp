// SPDX-License-Identifier: Apache-2.0
// The POSIX shell scripts (dash, bash and busybox ash) that run in a pod. No secret is in them.
#pragma once

#include "database/postgres.hpp"

#include <string>
#include <vector>

namespace su {

inline const std::vector<std::string> k_dump_stages{"pg_dump", "pg_restore", "toc",     "gzip",   "tee_raw",
                                                    "tee_gz",  "sha_raw",    "len_raw", "sha_gz", "len_gz"};
inline const std::vector<std::string> k_restore_stages{"pg_restore", "gunzip", "head",
                                                       "tee_gz",     "sha_gz", "len_gz"};

/// pg_dump with `args` to stdout, compressed; see scripts.cpp.
std::vector<std::string> dump_argv(const Database& db, const std::vector<std::string>& args);
/// `length` bytes of a compressed dump from stdin into pg_restore with `args`.
std::vector<std::string> restore_argv(const Database& db, const std::string& database_name,
                                      std::uint64_t length, const std::vector<std::string>& args);

}  // namespace su
