// SPDX-License-Identifier: Apache-2.0
#include "base/result.hpp"

namespace su {

const char* errc_name(Errc code) {
    switch (code) {
        case Errc::internal:
            return "internal";
        case Errc::usage:
            return "usage";
        case Errc::not_found:
            return "not_found";
        case Errc::forbidden:
            return "forbidden";
        case Errc::conflict:
            return "conflict";
        case Errc::unreachable:
            return "unreachable";
        case Errc::timed_out:
            return "timed_out";
        case Errc::cancelled:
            return "cancelled";
        case Errc::cut:
            return "cut";
        case Errc::corrupt:
            return "corrupt";
        case Errc::io:
            return "io";
        case Errc::no_space:
            return "no_space";
        case Errc::invalid:
            return "invalid";
        case Errc::unsupported:
            return "unsupported";
        case Errc::tool_failed:
            return "tool_failed";
    }
    return "internal";
}

}  // namespace su
