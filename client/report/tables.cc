#include "client/report/tables.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/display/format.h"
#include "client/evaluation/metrics.h"
#include "client/experiment/fields.h"
#include "client/watch/view.h"

namespace fovea::client {
namespace {

constexpr int kMostClasses = 20;

const v1::Metric* MetricOf(const ReportRun& run, absl::string_view name) {
  return run.evaluation ? FindMetric(run.evaluation->report(), name) : nullptr;
}

// Mean and standard deviation of a sample; "-" without values.
std::string MeanAndDeviation(const std::vector<double>& values) {
  if (values.empty()) return "-";
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const double mean = sum / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  if (values.size() == 1) return FormatFixed(mean, 3);
  return absl::StrFormat("%.3f ± %.3f", mean,
                         std::sqrt(squares / static_cast<double>(values.size() - 1)));
}

// The evaluation's value, or what the job says.
double AccuracyOf(const ReportRun& run) {
  const v1::Metric* metric = MetricOf(run, "accuracy");
  if (metric != nullptr) return metric->value();
  return run.job.has_result() ? run.job.result().best_test_accuracy() : std::nan("");
}
double KappaOf(const ReportRun& run) {
  const v1::Metric* metric = MetricOf(run, "quadratic_weighted_kappa");
  if (metric != nullptr) return metric->value();
  return run.job.has_result() ? run.job.result().best_test_kappa() : std::nan("");
}

std::string BaselineOf(const ReportRun& run) {
  if (run.started.test_images() > 0) return FormatFixed(run.started.majority_baseline(), 3);
  return run.epochs.empty() ? "-" : FormatFixed(run.epochs[0].majority_baseline(), 3);
}

std::vector<std::string> ClassHeaders(const ReportRun& run) {
  std::vector<std::string> headers;
  const auto& names = run.started.class_names();
  for (int i = 0; i < std::min(names.size(), kMostClasses); ++i) headers.push_back(">" + names[i]);
  return headers;
}

template <typename Numbers, typename Format>
void AppendNumbers(const Numbers& numbers, Format format, std::vector<std::string>* row) {
  for (int i = 0; i < std::min(numbers.size(), kMostClasses); ++i)
    row->push_back(format(numbers[i]));
}

// Every field of every run's spec; an empty text where it is not set.
std::vector<std::map<std::string, std::string>> SpecsOf(const ReportData& data,
                                                        std::vector<std::string>* names) {
  std::vector<std::map<std::string, std::string>> specs;
  std::set<std::string> known;
  for (const ReportRun& run : data.runs) {
    specs.emplace_back();
    for (auto& [name, value] : FieldsOf(run.job.spec())) {
      if (known.insert(name).second) names->push_back(name);
      specs.back()[name] = value;
    }
  }
  return specs;
}

// Empty where it is not set.
std::string ValueOf(const std::map<std::string, std::string>& spec, const std::string& name) {
  const auto found = spec.find(name);
  return found == spec.end() ? "" : found->second;
}

bool Differs(const std::vector<std::map<std::string, std::string>>& specs,
             const std::string& name) {
  return std::any_of(specs.begin(), specs.end(), [&](const auto& spec) {
    return ValueOf(spec, name) != ValueOf(specs[0], name);
  });
}

double Seconds(const google::protobuf::Timestamp& from, const google::protobuf::Timestamp& to) {
  if (from.seconds() == 0 || to.seconds() == 0) return std::nan("");
  return static_cast<double>(to.seconds() - from.seconds());
}

double Median(std::vector<double> values) {
  if (values.empty()) return std::nan("");
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

}  // namespace

std::string WithInterval(const v1::Metric* metric, int decimals) {
  if (metric == nullptr || std::isnan(metric->value())) return "-";
  // A line may only break before the interval.
  return absl::StrCat(FormatFixed(metric->value(), decimals), " (",
                      FormatFixed(metric->low(), decimals), "\u00a0to\u00a0",
                      FormatFixed(metric->high(), decimals), ")");
}

DataTable ResultsTable(const ReportData& data) {
  DataTable table;
  table.headers = {"Run",          "State",       ">Highest test accuracy", ">at epoch",
                   ">Baseline",    ">Kept epoch", ">Accuracy of it (95 %)", ">Kappa of it (95 %)",
                   "Model version"};
  for (const ReportRun& run : data.runs) {
    const v1::EpochFinished* highest = HighestEpoch(run);
    const v1::EpochFinished* kept = KeptEpoch(run);
    const v1::Metric* accuracy = MetricOf(run, "accuracy");
    const v1::Metric* kappa = MetricOf(run, "quadratic_weighted_kappa");
    table.rows.push_back(
        {run.label, StateName(run.job.state()),
         highest ? FormatFixed(highest->test().accuracy(), 3) : "-",
         highest ? absl::StrCat(highest->epoch(), " of ", run.job.spec().recipe().epochs()) : "-",
         BaselineOf(run), kept ? absl::StrCat(kept->epoch()) : "-",
         accuracy ? WithInterval(accuracy, 3) : FormatFixed(AccuracyOf(run), 3),
         kappa ? WithInterval(kappa, 3) : FormatFixed(KappaOf(run), 3),
         run.job.result().model_version()});
  }
  return table;
}

DataTable SeedsTable(const std::vector<Arm>& arms) {
  DataTable table{{"Arm", ">Seeds", ">Accuracy", ">Kappa", ">Macro F1", ">AUC of grade 2 or more"},
                  {}};
  for (const Arm& arm : arms) {
    std::vector<double> accuracies, kappas, f1s, aucs;
    const auto add = [](double value, std::vector<double>* to) {
      if (std::isfinite(value)) to->push_back(value);
    };
    for (const ReportRun* run : arm.runs) {
      add(AccuracyOf(*run), &accuracies);
      add(KappaOf(*run), &kappas);
      if (!run->evaluation) continue;
      add(MetricValue(run->evaluation->report(), "macro_f1"), &f1s);
      add(MetricValue(run->evaluation->report(), "referable_roc_auc"), &aucs);
    }
    table.rows.push_back({arm.label, absl::StrCat(arm.runs.size()), MeanAndDeviation(accuracies),
                          MeanAndDeviation(kappas), MeanAndDeviation(f1s), MeanAndDeviation(aucs)});
  }
  return table;
}

DataTable ComparisonTable(const ReportData& data) {
  DataTable table{{"Run", "Against", ">Kappa (95 %)", ">p", ">Accuracy (95 %)", ">p",
                   ">AUC of grade 2 or more (95 %)", ">p"},
                  {}};
  for (const ReportRun& run : data.runs) {
    if (!run.comparison) continue;
    std::vector<std::string> row = {run.label, run.against};
    for (const char* name : {"quadratic_weighted_kappa", "accuracy", "referable_roc_auc"}) {
      const auto& metrics = run.comparison->metrics();
      const auto found = std::find_if(metrics.begin(), metrics.end(),
                                      [&](const auto& metric) { return metric.name() == name; });
      const bool is_there = found != metrics.end() && std::isfinite(found->difference());
      row.push_back(is_there ? absl::StrFormat("%+.3f (%+.3f\u00a0to\u00a0%+.3f)",
                                               found->difference(), found->low(), found->high())
                             : "-");
      row.push_back(is_there ? FormatFixed(found->p_value(), 3) : "-");
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

DataTable MetricsTable(const ReportData& data) {
  DataTable table;
  std::vector<const ReportRun*> runs;
  std::vector<std::string> names;
  table.headers = {"Metric"};
  for (const ReportRun& run : data.runs) {
    if (!run.evaluation) continue;
    runs.push_back(&run);
    table.headers.push_back(">" + run.label);
    if (!names.empty()) continue;
    for (const v1::Metric& metric : run.evaluation->report().metrics()) {
      const bool screening = absl::StartsWith(metric.name(), "referable") ||
                             absl::StartsWith(metric.name(), "vision_threatening");
      if (!screening || run.evaluation->report().has_referable()) names.push_back(metric.name());
    }
  }
  for (const std::string& name : names) {
    std::vector<std::string> row = {name};
    for (const ReportRun* run : runs) row.push_back(WithInterval(MetricOf(*run, name), 3));
    table.rows.push_back(std::move(row));
  }
  return table;
}

DataTable RecallTable(const ReportData& data) {
  DataTable table{{"Run"}, {}};
  for (const ReportRun& run : data.runs) {
    if (!run.evaluation && KeptEpoch(run) == nullptr) continue;
    if (table.headers.size() == 1) {
      for (std::string& header : ClassHeaders(run)) table.headers.push_back(std::move(header));
    }
    std::vector<std::string> row = {run.label};
    if (run.evaluation) {
      AppendNumbers(
          run.evaluation->report().classes(),
          [](const auto& one) { return FormatFixed(one.recall(), 3); }, &row);
    } else {
      AppendNumbers(
          KeptEpoch(run)->test_recall(), [](double recall) { return FormatFixed(recall, 3); },
          &row);
    }
    row.resize(table.headers.size());
    table.rows.push_back(std::move(row));
  }
  return table;
}

DataTable CountsTable(const ReportData& data) {
  DataTable table{{"Data set", "Part", ">Photographs"}, {}};
  std::set<std::string> shown;
  for (const ReportRun& run : data.runs) {
    const v1::TrainingStarted& started = run.started;
    if (started.train_images() == 0) continue;
    if (table.headers.size() == 3) {
      for (std::string& header : ClassHeaders(run)) table.headers.push_back(std::move(header));
    }
    const std::string key = absl::StrCat(run.job.spec().dataset(), started.train_images(), "/",
                                         started.validation_images());
    if (!shown.insert(key).second) continue;
    const auto add = [&](const char* part, int64_t images, const auto& counts) {
      std::vector<std::string> row = {run.job.spec().dataset(), part, absl::StrCat(images)};
      AppendNumbers(counts, [](int64_t count) { return absl::StrCat(count); }, &row);
      row.resize(table.headers.size());
      table.rows.push_back(std::move(row));
    };
    add("train", started.train_images(), started.train_class_counts());
    if (started.validation_images() > 0) {
      add("validation", started.validation_images(), started.validation_class_counts());
    }
    add("test", started.test_images(), started.test_class_counts());
  }
  return table;
}

DataTable WeightsTable(const ReportData& data) {
  DataTable table{{"Run"}, {}};
  for (const ReportRun& run : data.runs) {
    if (run.started.class_weights().empty()) continue;
    if (table.headers.size() == 1) {
      for (std::string& header : ClassHeaders(run)) table.headers.push_back(std::move(header));
    }
    std::vector<std::string> row = {run.label};
    AppendNumbers(
        run.started.class_weights(), [](double weight) { return FormatFixed(weight, 4); }, &row);
    row.resize(table.headers.size());
    table.rows.push_back(std::move(row));
  }
  return table;
}

DataTable DifferencesTable(const ReportData& data) {
  std::vector<std::string> names;
  const auto specs = SpecsOf(data, &names);
  std::erase_if(names, [&](const std::string& name) { return !Differs(specs, name); });
  DataTable table{{"Run", "Fields"}, {}};
  if (names.empty()) return table;
  for (size_t i = 0; i < data.runs.size(); ++i) {
    std::vector<std::string> fields;
    for (const std::string& name : names) {
      const std::string value = ValueOf(specs[i], name);
      if (i > 0 && value == ValueOf(specs[0], name)) continue;
      fields.push_back(absl::StrCat(name, " = ", value.empty() ? "unset" : value));
    }
    table.rows.push_back({data.runs[i].label, absl::StrJoin(fields, ", ")});
  }
  return table;
}

DataTable ParametersTable(const ReportData& data) {
  std::vector<std::string> names;
  const auto specs = SpecsOf(data, &names);
  DataTable table{{"Field", "Value"}, {}};
  for (const std::string& name : names) {
    if (!Differs(specs, name)) table.rows.push_back({name, specs[0].at(name)});
  }
  return table;
}

DataTable TimesTable(const ReportData& data) {
  DataTable table{{"Run", "Job", "Device", ">Threads", ">Parameters", ">Attempts", ">Images/s",
                   ">Training an epoch", ">Testing an epoch", ">In all", "Ended"},
                  {}};
  for (const ReportRun& run : data.runs) {
    std::vector<double> rates, training, testing;
    for (const v1::EpochFinished& epoch : run.epochs) {
      rates.push_back(epoch.images_per_second());
      training.push_back(epoch.train_seconds());
      testing.push_back(epoch.test_seconds());
    }
    table.rows.push_back(
        {run.label, run.job.name(), run.started.device(), absl::StrCat(run.job.spec().threads()),
         absl::StrCat(run.started.parameters()), absl::StrCat(run.job.attempt()),
         FormatFixed(Median(rates), 1), FormatClock(Median(training)), FormatClock(Median(testing)),
         FormatClock(Seconds(run.job.start_time(), run.job.end_time())),
         FormatTime(run.job.end_time())});
  }
  return table;
}

}  // namespace fovea::client
