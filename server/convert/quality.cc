#include "server/convert/quality.h"

namespace fovea {

v1::Quality QualityToProto(const QualityReport& report) {
  v1::Quality quality;
  for (const QualityReason reason : report.reasons) {
    v1::QualityFinding* finding = quality.add_findings();
    finding->set_reason(QualityReasonName(reason));
    finding->set_message(QualityReasonAdvice(reason));
  }
  return quality;
}

}  // namespace fovea
