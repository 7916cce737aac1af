#include <cmath>

#include "client/report/curves.h"
#include "client/report/figures.h"

namespace fovea::client {

std::optional<FigurePlan> LossFigure(const std::vector<Panel>& panels) {
  CurveChart chart;
  chart.name = "loss";
  chart.y_label = "loss";
  chart.kinds = {{"test", [](const auto& epoch) { return epoch.test().loss(); }, "1", true},
                 {"train", [](const auto& epoch) { return epoch.train().loss(); }, "2", false},
                 {"validation",
                  [](const auto& epoch) {
                    return epoch.has_validation() ? epoch.validation().loss() : std::nan("");
                  },
                  "4", false}};
  chart.same_range = false;
  auto plot = DrawCurves(chart, panels);
  if (!plot) return std::nullopt;
  return FigurePlan{
      *std::move(plot),
      "Loss by epoch: mean cross entropy in nats, with the class weights of training. "
      "Weighted and unweighted losses cannot be compared with each other, nor can a "
      "training loss with label smoothing or an ordinal target with a test loss."};
}

}  // namespace fovea::client
