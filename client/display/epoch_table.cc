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

std::string EpochTableHeader(const Style& style) {
  const std::string groups = absl::StrFormat("%-5s %9s %8s  %-15s  %-24s %6s %8s %7s", "", "", "",
                                             "---- train ----", "--------- test ---------", "", "",
                                             "");
  const std::string names =
      absl::StrFormat("%-5s %9s %8s  %7s %7s  %7s %7s %8s %6s %8s %7s", "phase", "epoch", "lr",
                      "loss", "acc", "loss", "acc", "baseline", "kappa", "images/s", "time");
  std::string first = groups;
  first.erase(first.find_last_not_of(' ') + 1);
  return absl::StrCat(style.Dim(first), "\n", style.Bold(names), "\n");
}

std::string EpochTableRow(const v1::EpochFinished& epoch, const Style& style) {
  const std::string left = absl::StrFormat(
      "%-5s %9s %8s  %7s %7s  %7s ", PhaseName(epoch.phase()),
      absl::StrCat(epoch.epoch(), "/", epoch.epochs()), FormatShort(epoch.learning_rate()),
      FormatFixed(epoch.train().loss(), 4), FormatFixed(epoch.train().accuracy(), 4),
      FormatFixed(epoch.test().loss(), 4));
  const std::string accuracy = PadLeft(FormatFixed(epoch.test().accuracy(), 4), 7);
  const bool above = epoch.test().accuracy() > epoch.majority_baseline();
  const std::string right = absl::StrFormat(
      " %8s %6s %8s %7s", FormatFixed(epoch.majority_baseline(), 4),
      FormatFixed(epoch.test_kappa(), 3), FormatFixed(epoch.images_per_second(), 1),
      FormatClock(epoch.train_seconds() + epoch.test_seconds()));
  return absl::StrCat(left, above ? style.Green(accuracy) : style.Yellow(accuracy), right,
                      epoch.best() ? style.Green(style.utf8 ? " ★" : " *") : "", "\n");
}

std::string EpochLine(const v1::EpochFinished& epoch) {
  return absl::StrFormat(
      "epoch %d/%d %s: lr %s, train loss %s accuracy %s, test loss %s accuracy %s "
      "(baseline %s), kappa %s, %s images/s, %s%s",
      epoch.epoch(), epoch.epochs(), PhaseName(epoch.phase()), FormatShort(epoch.learning_rate()),
      FormatFixed(epoch.train().loss(), 4), FormatFixed(epoch.train().accuracy(), 4),
      FormatFixed(epoch.test().loss(), 4), FormatFixed(epoch.test().accuracy(), 4),
      FormatFixed(epoch.majority_baseline(), 4), FormatFixed(epoch.test_kappa(), 3),
      FormatFixed(epoch.images_per_second(), 1),
      FormatClock(epoch.train_seconds() + epoch.test_seconds()), epoch.best() ? ", best" : "");
}

}  // namespace fovea::client
