// SPDX-License-Identifier: Apache-2.0
// Renders a run's events: text (progress on stderr, results on stdout) or JSON lines on stdout.
#pragma once

#include "report/style.hpp"
#include "steps/event.hpp"

#include <memory>

namespace su {

/// `quiet_progress`: no lines for long work.
std::unique_ptr<EventSink> make_text_sink(const Style& out, const Style& progress);
/// One object a line, each with "type"; an interface: fields are added, never renamed
/// (docs/reference/run-json.md).
std::unique_ptr<EventSink> make_json_sink();
Json to_json(const Event& event);

}  // namespace su
