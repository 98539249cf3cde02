// SPDX-License-Identifier: Apache-2.0
// Private to process/: fork and exec with pipes.
#pragma once

#include "base/fd.hpp"
#include "base/result.hpp"

#include <sys/types.h>

namespace su {

struct Command;

struct Child {
    pid_t pid = -1;
    Fd in;  ///< closed when there is no input
    Fd out;
    Fd err;
};

Result<Child> spawn(const Command& command);

}  // namespace su
