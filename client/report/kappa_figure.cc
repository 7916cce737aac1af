#include <cmath>

#include "client/report/curves.h"
#include "client/report/figures.h"

namespace fovea::client {

std::optional<FigurePlan> KappaFigure(const std::vector<Panel>& panels) {
  CurveChart chart;
  chart.name = "kappa";
  chart.y_label = "quadratic weighted kappa";
  chart.kinds = {{"test", [](const auto& epoch) { return epoch.test_kappa(); }, "1", true},
                 {"validation",
                  [](const auto& epoch) {
                    return epoch.has_validation() ? epoch.validation_kappa() : std::nan("");
                  },
                  "4", false}};
  chart.mark_highest = true;
  auto plot = DrawCurves(chart, panels);
  if (!plot) return std::nullopt;
  return FigurePlan{
      *std::move(plot),
      "Quadratic weighted kappa by epoch, on the test part and, where there is one, the "
      "validation part. 0 is what chance gives, 1 agreement on every photograph."};
}

}  // namespace fovea::client
