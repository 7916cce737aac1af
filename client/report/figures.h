// The kinds of figures of a report, one a file. Each makes a script for gnuplot; a figure with
// nothing to show is left out (nothing is given).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/report/arms.h"
#include "client/report/gnuplot.h"

namespace fovea::client {

struct FigurePlan {
  Plot plot;
  std::string caption;
};

// accuracy_figure.cc: train and test accuracy by epoch, the baseline, the boundary between phases,
// and the highest test accuracy. The comparison figure, where panels hold both kinds of weights.
std::optional<FigurePlan> AccuracyFigure(const std::vector<Panel>& panels);
// kappa_figure.cc: quadratic weighted kappa by epoch, on the test and the validation part.
std::optional<FigurePlan> KappaFigure(const std::vector<Panel>& panels);
// loss_figure.cc: train, test and validation loss by epoch.
std::optional<FigurePlan> LossFigure(const std::vector<Panel>& panels);
// learning_rate_figure.cc: learning rate by epoch. Arms with the same rates are one line.
std::optional<FigurePlan> LearningRateFigure(const std::vector<Arm>& arms);
// confusion_figure.cc: shares of the true classes, a matrix an arm, in so many columns.
std::optional<FigurePlan> ConfusionFigure(const std::vector<Arm>& arms, int columns);
// interval_figure.cc: accuracy and kappa of every run with their intervals, a line an arm.
std::optional<FigurePlan> IntervalFigure(const std::vector<Arm>& arms);
// reliability_figure.cc: accuracy by confidence, before and after calibration where that is known.
std::optional<FigurePlan> ReliabilityFigure(const std::vector<Arm>& arms);
// roc_figure.cc: sensitivity against 1 - specificity, with the thresholds that are in use.
std::optional<FigurePlan> RocFigure(const std::vector<Panel>& panels);

}  // namespace fovea::client
