// The tables of a report.
#pragma once

#include <string>
#include <vector>

#include "client/report/arms.h"
#include "client/report/data.h"
#include "client/report/document.h"

namespace fovea::client {

// A line a run: highest test accuracy and its epoch, the baseline, what was kept, kappa.
DataTable ResultsTable(const ReportData& data);
// A line an arm: mean and standard deviation over its seeds. For experiments with several seeds.
DataTable SeedsTable(const std::vector<Arm>& arms);
// A line a run that is compared with the first arm: differences with their intervals and p values.
DataTable ComparisonTable(const ReportData& data);
// A line a metric, a column a run; every value with its interval. Without rows when no run was
// evaluated.
DataTable MetricsTable(const ReportData& data);
// A line a run, recall of every class.
DataTable RecallTable(const ReportData& data);
// Photographs of every part by class, and the class weights of each run.
DataTable CountsTable(const ReportData& data);
DataTable WeightsTable(const ReportData& data);
// What differs between the runs, a line a run, of all but the first only what differs from the first;
// and what is the same for all, a line a field.
DataTable DifferencesTable(const ReportData& data);
DataTable ParametersTable(const ReportData& data);
// How long it took, and on what.
DataTable TimesTable(const ReportData& data);

// "0.512 (0.430 to 0.588)", or "-".
std::string WithInterval(const v1::Metric* metric, int decimals);

}  // namespace fovea::client
