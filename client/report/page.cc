#include "client/report/page.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/display/format.h"
#include "client/report/arms.h"
#include "client/report/figures.h"
#include "client/report/tables.h"
#include "client/watch/view.h"
#include "common/base/file.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

// One making of a page.
class Page {
 public:
  Page(const ReportData& data, const std::string& figures_dir)
      : data_(data),
        figures_dir_(figures_dir),
        arms_(ArmsOf(data)),
        panels_(ComparisonPanels(arms_)) {}

  absl::StatusOr<Document> Make() {
    document_.title = data_.title;
    AddSummary();
    FOVEA_RETURN_IF_ERROR(AddComparison());
    FOVEA_RETURN_IF_ERROR(AddCourse());
    FOVEA_RETURN_IF_ERROR(AddEvaluation());
    AddData();
    AddParameters();
    AddTimes();
    return std::move(document_);
  }

 private:
  // A page for one job has no columns to compare.
  bool IsOne() const { return data_.runs.size() == 1; }
  bool HasSeeds() const {
    return std::any_of(arms_.begin(), arms_.end(),
                       [](const Arm& arm) { return arm.runs.size() > 1; });
  }

  void Section(const std::string& text) { document_.Add(Heading{2, text}); }
  void Text(const std::string& text) { document_.Add(Paragraph{text}); }
  // With a heading, unless it has nothing to say.
  void AddTable(const std::string& heading, DataTable table) {
    if (table.rows.empty()) return;
    if (!heading.empty()) document_.Add(Heading{3, heading});
    document_.Add(std::move(table));
  }

  absl::Status AddFigure(const std::string& heading, const std::optional<FigurePlan>& figure) {
    if (!figure) return absl::OkStatus();
    FOVEA_ASSIGN_OR_RETURN(std::string svg, Draw(figures_dir_, figure->plot));
    if (!heading.empty()) document_.Add(Heading{3, heading});
    document_.Add(FigurePart{figure->plot.name, figure->caption, std::move(svg)});
    return absl::OkStatus();
  }

  // Of data sets whose parts share patients.
  std::string SharedPatients() const {
    std::set<std::string> names;
    for (const ReportRun& run : data_.runs) {
      if (PartsSharePatients(data_, run)) names.insert(run.job.spec().dataset());
    }
    if (names.empty()) return "";
    return absl::StrCat("Some patients have photographs in both the train and the test part of ",
                        absl::StrJoin(names, ", "),
                        ". Both eyes of a patient are alike, so figures of the test part flatter.");
  }

  void Warn() {
    const std::string shared = SharedPatients();
    if (!shared.empty()) document_.Add(Caution{shared});
  }

  void AddSummary() {
    document_.Add(Caution{kNotAMedicalDevice});
    Section("Results");
    Warn();
    size_t trained = 0, evaluated = 0;
    for (const ReportRun& run : data_.runs) {
      trained += run.job.state() == v1::JOB_STATE_SUCCEEDED ? 1 : 0;
      evaluated += run.evaluation ? 1 : 0;
    }
    const std::string made = absl::FormatTime("%Y-%m-%d %H:%M", absl::Now(), absl::LocalTimeZone());
    Text(absl::StrCat(IsOne() ? StateName(data_.runs[0].job.state())
                              : absl::StrCat(trained, " of ", data_.runs.size(), " runs trained, ",
                                             evaluated, " evaluated"),
                      ". Written on ", made, "."));
    document_.Add(ResultsTable(data_));
    Text(
        "The baseline is the accuracy of always answering the most frequent class of the test "
        "part: "
        "an accuracy means something only above it. Intervals are 95 % of a bootstrap over "
        "patients; "
        "figures without one are those of the training job. An epoch that was kept for its test "
        "accuracy has test figures that flatter, the same for all runs.");
    if (HasSeeds()) AddTable("Over the seeds: mean and standard deviation", SeedsTable(arms_));
    AddComparisons();
    AddErrors();
  }

  void AddComparisons() {
    DataTable table = ComparisonTable(data_);
    if (table.rows.empty()) return;
    AddTable(absl::StrCat("Differences to ", arms_[0].label), std::move(table));
    Text(
        "Runs of the same seed on the same photographs, by a paired bootstrap over patients. One "
        "seed "
        "says little about a recipe: look at whether all seeds agree. With many comparisons some "
        "are "
        "below p = 0.05 by chance.");
  }

  void AddErrors() {
    BulletList list;
    for (const ReportRun& run : data_.runs) {
      if (!run.job.error().empty()) {
        list.items.push_back(absl::StrCat(run.label, " failed: ", run.job.error()));
      }
      if (run.bad_images > 0) {
        list.items.push_back(absl::StrCat(run.label, ": ", run.bad_images,
                                          " corrupt or missing photographs were left out"));
      }
    }
    if (!list.items.empty()) document_.Add(std::move(list));
  }

  absl::Status AddComparison() {
    Section("Training and testing accuracy");
    Warn();
    if (!IsOne()) FOVEA_RETURN_IF_ERROR(AddFigure("", IntervalFigure(arms_)));
    return AddFigure("", AccuracyFigure(panels_));
  }

  absl::Status AddCourse() {
    Section("Course of training");
    FOVEA_RETURN_IF_ERROR(AddFigure("Kappa", KappaFigure(panels_)));
    FOVEA_RETURN_IF_ERROR(AddFigure("Loss", LossFigure(panels_)));
    return AddFigure("Learning rate", LearningRateFigure(arms_));
  }

  absl::Status AddEvaluation() {
    Section("What is confused with what");
    Warn();
    std::vector<Arm> sorted = arms_;
    const bool pairs = SortByWeighting(&sorted);
    FOVEA_RETURN_IF_ERROR(AddFigure(pairs ? "Weighted beside unweighted" : "",
                                    ConfusionFigure(sorted, pairs ? 2 : 3)));
    AddTable("Recall of each class", RecallTable(data_));
    Section("Evaluation");
    Warn();
    DataTable metrics = MetricsTable(data_);
    if (metrics.rows.empty()) {
      Text(
          "There is no evaluation yet: make one with `fovea evaluation run MODEL/VERSION --dataset "
          "NAME`, and the report again.");
    }
    AddTable("All metrics with their intervals", std::move(metrics));
    FOVEA_RETURN_IF_ERROR(AddFigure("Calibration", ReliabilityFigure(sorted)));
    return AddFigure("Screening", RocFigure(panels_));
  }

  void AddData() {
    Section("Data");
    Warn();
    DataTable sets{{"Data set", "Split", ">Patients in both parts", ">Size", "Fingerprint"}, {}};
    for (const auto& [name, dataset] : data_.datasets) {
      sets.rows.push_back({name, dataset.split(), absl::StrCat(dataset.shared_patients()),
                           FormatBytes(static_cast<double>(dataset.bytes())),
                           dataset.fingerprint()});
    }
    AddTable("", std::move(sets));
    AddTable("Photographs by class", CountsTable(data_));
    AddTable("Weights of the classes in the loss", WeightsTable(data_));
  }

  void AddParameters() {
    Section("Parameters");
    AddTable("What differs, of the first run and from it", DifferencesTable(data_));
    AddTable(IsOne() ? "" : "The same for all runs", ParametersTable(data_));
  }

  void AddTimes() {
    Section("Times");
    document_.Add(TimesTable(data_));
    Text(
        "Images/s and times of an epoch are medians over the epochs, on a machine that may have "
        "done "
        "other things too.");
  }

  const ReportData& data_;
  const std::string& figures_dir_;
  const std::vector<Arm> arms_;
  const std::vector<Panel> panels_;
  Document document_;
};

}  // namespace

absl::StatusOr<Document> MakeReport(const ReportData& data, const std::string& figures_dir) {
  return Page(data, figures_dir).Make();
}

absl::Status WriteReport(const ReportData& data, const std::string& dir) {
  const std::string figures = JoinPath(dir, "figures");
  FOVEA_RETURN_IF_ERROR(MakeDirs(figures));
  FOVEA_ASSIGN_OR_RETURN(const Document document, MakeReport(data, figures));
  return WriteFileAtomic(JoinPath(dir, "index.html"), ToHtml(document));
}

}  // namespace fovea::client
