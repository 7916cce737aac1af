#include "client/report/curves.h"
#include "client/report/figures.h"

namespace fovea::client {

std::optional<FigurePlan> AccuracyFigure(const std::vector<Panel>& panels) {
  CurveChart chart;
  chart.name = "accuracy";
  chart.y_label = "accuracy";
  chart.kinds = {{"test", [](const auto& epoch) { return epoch.test().accuracy(); }, "1", true},
                 {"train", [](const auto& epoch) { return epoch.train().accuracy(); }, "2", false}};
  chart.baseline = true;
  chart.mark_highest = true;
  auto plot = DrawCurves(chart, panels);
  if (!plot) return std::nullopt;
  return FigurePlan{
      *std::move(plot),
      "Accuracy by epoch on the test part (solid, filled) and while training (dashed, "
      "hollow: with augmentation, as the weights moved). Rings: the highest test "
      "accuracy. Grey dots: the majority baseline, what always answering the most "
      "frequent class scores. Of several seeds the mean, shaded from lowest to "
      "highest."};
}

}  // namespace fovea::client
