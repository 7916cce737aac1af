#include "client/display/epoch_table.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/display/format.h"
#include "client/display/text.h"

namespace fovea::client {

std::string PhaseName(v1::Phase phase) {
  switch (phase) {
    case v1::PHASE_HEAD:
      return "head";
    case v1::PHASE_FULL:
      return "full";
    default:
      return "-";
  }
}

namespace {

// Narrower beside a validation part, so that a row fits into 100 columns.
struct Layout {
  int epoch = 9;
  int loss = 7;
  int loss_decimals = 4;
  int accuracy = 7;
  const char* baseline_name = "baseline";
  int baseline = 8;
  const char* speed_name = "images/s";
  int speed = 8;
};

Layout LayoutFor(bool validation) {
  if (!validation) return {};
  return {.epoch = 6, .loss = 5, .loss_decimals = 3, .accuracy = 6, .baseline_name = "base",
          .baseline = 6, .speed_name = "img/s", .speed = 5};
}

// "---- name ----" over columns that take `width`.
std::string Group(absl::string_view name, int width) {
  const int dashes = width - static_cast<int>(name.size()) - 2;
  return absl::StrCat(std::string(dashes / 2, '-'), " ", name, " ",
                      std::string(dashes - dashes / 2, '-'));
}

std::string LossText(const v1::PartMetrics& part, const Layout& layout) {
  return PadLeft(FormatFixed(part.loss(), layout.loss_decimals), layout.loss);
}

std::string AccuracyText(const v1::PartMetrics& part, const Layout& layout) {
  return PadLeft(FormatFixed(part.accuracy(), 4), layout.accuracy);
}

std::string KappaText(double kappa) { return PadLeft(FormatFixed(kappa, 3), 6); }

}  // namespace

std::string EpochTableHeader(const Style& style, bool validation) {
  const Layout layout = LayoutFor(validation);
  const int pair = layout.loss + 1 + layout.accuracy;
  const std::string loss_and_accuracy =
      absl::StrCat(PadLeft("loss", layout.loss), " ", PadLeft("acc", layout.accuracy));
  std::string groups =
      absl::StrCat(std::string(5 + 1 + layout.epoch + 1 + 8 + 2, ' '), Group("train", pair), "  ",
                   Group("test", pair + 1 + layout.baseline + 7));
  std::string names =
      absl::StrCat("phase ", PadLeft("epoch", layout.epoch), " ", PadLeft("lr", 8), "  ",
                   loss_and_accuracy, "  ", loss_and_accuracy, " ",
                   PadLeft(layout.baseline_name, layout.baseline), "  kappa");
  if (validation) {
    absl::StrAppend(&groups, "  ", Group("validation", pair + 7));
    absl::StrAppend(&names, "  ", loss_and_accuracy, "  kappa");
  }
  absl::StrAppend(&names, " ", PadLeft(layout.speed_name, layout.speed), "    time");
  return absl::StrCat(style.Dim(groups), "\n", style.Bold(names), "\n");
}

std::string EpochTableRow(const v1::EpochFinished& epoch, const Style& style) {
  const Layout layout = LayoutFor(epoch.has_validation());
  const std::string left =
      absl::StrFormat("%-5s %*s %8.3g  %s %s  %s ", PhaseName(epoch.phase()), layout.epoch,
                      absl::StrCat(epoch.epoch(), "/", epoch.epochs()), epoch.learning_rate(),
                      LossText(epoch.train(), layout), AccuracyText(epoch.train(), layout),
                      LossText(epoch.test(), layout));
  const std::string accuracy = AccuracyText(epoch.test(), layout);
  const bool above = epoch.test().accuracy() > epoch.majority_baseline();
  std::string right =
      absl::StrFormat(" %*s %s", layout.baseline, FormatFixed(epoch.majority_baseline(), 4),
                      KappaText(epoch.test_kappa()));
  if (epoch.has_validation()) {
    absl::StrAppend(&right, "  ", LossText(epoch.validation(), layout), " ",
                    AccuracyText(epoch.validation(), layout), " ",
                    KappaText(epoch.validation_kappa()));
  }
  absl::StrAppendFormat(&right, " %*s %7s", layout.speed,
                        FormatFixed(epoch.images_per_second(), 1),
                        FormatClock(epoch.train_seconds() + epoch.test_seconds()));
  return absl::StrCat(left, above ? style.Green(accuracy) : style.Yellow(accuracy), right,
                      epoch.best() ? style.Green(style.utf8 ? " ★" : " *") : "", "\n");
}

std::string EpochLine(const v1::EpochFinished& epoch) {
  std::string validation;
  if (epoch.has_validation()) {
    validation = absl::StrFormat("validation loss %s accuracy %s kappa %s, ",
                                 FormatFixed(epoch.validation().loss(), 4),
                                 FormatFixed(epoch.validation().accuracy(), 4),
                                 FormatFixed(epoch.validation_kappa(), 3));
  }
  return absl::StrFormat(
      "epoch %d/%d %s: lr %s, train loss %s accuracy %s, test loss %s accuracy %s "
      "(baseline %s), kappa %s, %s%s images/s, %s%s",
      epoch.epoch(), epoch.epochs(), PhaseName(epoch.phase()), FormatShort(epoch.learning_rate()),
      FormatFixed(epoch.train().loss(), 4), FormatFixed(epoch.train().accuracy(), 4),
      FormatFixed(epoch.test().loss(), 4), FormatFixed(epoch.test().accuracy(), 4),
      FormatFixed(epoch.majority_baseline(), 4), FormatFixed(epoch.test_kappa(), 3),
      validation, FormatFixed(epoch.images_per_second(), 1),
      FormatClock(epoch.train_seconds() + epoch.test_seconds()), epoch.best() ? ", best" : "");
}

}  // namespace fovea::client
