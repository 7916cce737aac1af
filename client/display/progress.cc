#include "client/display/progress.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/display/bar.h"
#include "client/display/format.h"
#include "client/display/text.h"

namespace fovea::client {
namespace {

constexpr absl::Duration kRedraw = absl::Milliseconds(100);
constexpr int kLabelWidth = 10;

std::string Amount(double value, const std::string& unit) {
  if (unit == "bytes") return FormatBytes(value);
  return FormatFixed(value, 0);
}

}  // namespace

std::string RenderProgress(const ProgressState& state, int width, const Style& style) {
  const double seconds = absl::ToDoubleSeconds(state.elapsed);
  const double rate = seconds > 0 ? (state.done - state.done_before) / seconds : 0;
  std::string amounts =
      absl::StrCat(Amount(state.done, state.unit), " of ", Amount(state.total, state.unit));
  if (state.unit != "bytes") absl::StrAppend(&amounts, " ", state.unit);
  std::string speed;
  if (rate > 0) {
    speed = absl::StrCat("  ", Amount(rate, state.unit), "/s  ",
                         FormatClock((state.total - state.done) / rate), " left");
  }
  const std::string label = PadRight(state.label, kLabelWidth);
  const int bar = std::clamp(width - kLabelWidth - 50, 8, 40);
  const double fraction = state.total > 0 ? state.done / state.total : 1;
  return absl::StrCat(label, " ", RenderBar(fraction, bar, style), "  ", amounts, speed);
}

ProgressMeter::ProgressMeter(const Terminal& terminal, std::string label, std::string unit)
    : terminal_(terminal), start_(absl::Now()) {
  state_.label = std::move(label);
  state_.unit = std::move(unit);
}

ProgressMeter::~ProgressMeter() {
  if (!drawn_) return;
  state_.elapsed = absl::Now() - start_;
  WriteErr(absl::StrCat("\r\x1b[K", Clip(RenderProgress(state_, TerminalWidth(), terminal_.err),
                                         TerminalWidth() - 1), "\n"));
}

void ProgressMeter::Update(double done, double total) {
  if (!started_) state_.done_before = done;
  started_ = true;
  state_.done = done;
  state_.total = total;
  const absl::Time now = absl::Now();
  state_.elapsed = now - start_;
  if (!terminal_.stderr_tty) return DrawPlain();
  if (now - last_draw_ < kRedraw) return;
  last_draw_ = now;
  drawn_ = true;
  WriteErr(absl::StrCat("\r\x1b[K", Clip(RenderProgress(state_, TerminalWidth(), terminal_.err),
                                         TerminalWidth() - 1)));
}

void ProgressMeter::Hide() {
  if (drawn_) WriteErr("\r\x1b[K");
  drawn_ = false;
}

void ProgressMeter::DrawPlain() {
  const int tenth = state_.total > 0 ? static_cast<int>(state_.done / state_.total * 10) : 10;
  if (tenth <= last_tenth_) return;
  last_tenth_ = tenth;
  std::string amounts = absl::StrCat(Amount(state_.done, state_.unit), " of ",
                                     Amount(state_.total, state_.unit));
  if (state_.unit != "bytes") absl::StrAppend(&amounts, " ", state_.unit);
  WriteErr(absl::StrCat(state_.label, " ", tenth * 10, " %: ", amounts, "\n"));
}

}  // namespace fovea::client
