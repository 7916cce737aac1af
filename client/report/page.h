// The pages of a report: what is said and shown, in which order.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "client/report/data.h"
#include "client/report/document.h"

namespace fovea::client {

// Draws the figures into `figures_dir`, which exists, and puts the page together.
absl::StatusOr<Document> MakeReport(const ReportData& data, const std::string& figures_dir);

// Writes `dir`/index.html, figures/*.svg and figures/*.png, over those of an earlier report.
absl::Status WriteReport(const ReportData& data, const std::string& dir);

inline constexpr char kNotAMedicalDevice[] =
    "Not a medical device. For research use only: nothing here has been validated for diagnosis.";

}  // namespace fovea::client
