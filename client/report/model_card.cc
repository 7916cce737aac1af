#include "client/report/model_card.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/display/format.h"
#include "client/evaluation/metrics.h"
#include "client/experiment/fields.h"
#include "client/report/data.h"
#include "client/report/page.h"
#include "client/report/tables.h"
#include "client/short_names.h"
#include "client/watch/view.h"
#include "common/base/status.h"
#include "common/dataset/grades.h"

namespace fovea::client {
namespace {

constexpr int kMostClasses = 20;

using Fields = std::vector<std::pair<std::string, std::string>>;

// Rows without a value are left out.
DataTable FieldTable(const Fields& fields) {
  DataTable table{{"Field", "Value"}, {}};
  for (const auto& [name, value] : fields) {
    if (!value.empty() && value != "-") table.rows.push_back({name, value});
  }
  return table;
}

template <typename Numbers>
std::string Joined(const Numbers& numbers) {
  std::vector<std::string> texts;
  for (int i = 0; i < std::min(numbers.size(), kMostClasses); ++i) {
    texts.push_back(absl::StrCat(numbers[i]));
  }
  if (numbers.size() > kMostClasses) texts.push_back("...");
  return absl::StrJoin(texts, ", ");
}

class Card {
 public:
  explicit Card(const ModelCardData& data)
      : data_(data),
        version_(data.version),
        from_(data.version.provenance()),
        spec_(SpecOf(from_)) {}

  Document Make() {
    document_.title = absl::StrCat("Model card: ", version_.name());
    document_.Add(Caution{kNotAMedicalDevice});
    AddDetails();
    AddUse();
    AddFactors();
    AddMetrics();
    AddEvaluationData();
    AddTrainingData();
    AddAnalyses();
    AddCalibration();
    AddLive();
    AddEthics();
    AddCaveats();
    return std::move(document_);
  }

 private:
  void Section(const std::string& text) { document_.Add(Heading{2, text}); }
  void Text(const std::string& text) { document_.Add(Paragraph{text}); }
  bool Grades() const { return version_.class_names_size() == kGradeCount; }
  bool SharesPatients() const {
    return version_.parts_share_patients() ||
           (data_.evaluation && data_.evaluation->parts_share_patients()) ||
           (data_.dataset && data_.dataset->shared_patients() > 0);
  }
  void WarnOfSharedPatients() {
    if (!SharesPatients()) return;
    document_.Add(
        Caution{"Some patients have photographs in both the train and the test part: figures "
                "of the test part flatter."});
  }

  void AddDetails() {
    Section("Model details");
    const char* network =
        version_.architecture() == v1::ARCHITECTURE_RESNET50 ? "ResNet50" : "ResNet18";
    document_.Add(FieldTable(
        {{"Version", version_.name()},
         {"Network", absl::StrCat(network, ", ", version_.num_classes(), " outputs")},
         {"Classes", JoinClasses({version_.class_names().begin(), version_.class_names().end()})},
         {"Made", FormatTime(version_.create_time())},
         {"Kind", from_.kind()},
         {"By", from_.job()},
         {"Initial weights", from_.init()},
         {"Seed", from_.kind() == "trained" ? absl::StrCat(from_.seed()) : ""},
         {"Aliases", absl::StrJoin(version_.aliases(), ", ")},
         {"Views of a photograph", absl::StrCat(std::max(version_.test_time_views(), 1))},
         {"Software", absl::StrCat("Fovea ", from_.fovea_version(), " (Apache 2.0)")},
         {"SHA-256 of the weights", version_.weights_sha256()},
         {"Preprocessing", version_.preprocess_fingerprint()}}));
    Text(
        "The licence of the weights follows from the photographs and from the initial weights; "
        "Fovea "
        "does not know it. State it before you pass the model on.");
  }

  void AddUse() {
    Section("Intended use");
    document_.Add(BulletList{
        {Grades()
             ? "Research on grading diabetic retinopathy in colour fundus photographs, by the five "
               "grades of the international scale (0 none to 4 proliferative)."
             : "Research on the classes above.",
         "For people who can judge a classifier: its figures hold for photographs like those that "
         "it "
         "was evaluated on.",
         "Not for diagnosis, triage or treatment of patients, and not for photographs of anything "
         "but "
         "what it was trained on."}});
  }

  void AddFactors() {
    Section("Factors");
    document_.Add(
        BulletList{{"Camera, field of view, pupil dilation and compression change what a "
                    "photograph looks like; "
                    "none is recorded with the data set, so no figures are given for them.",
                    "Age, sex, ethnicity and other diseases of the eye are not recorded either: "
                    "how figures differ "
                    "between groups of people is unknown.",
                    "Quality: fovead's quality gate refuses photographs that are no fundus, or too "
                    "dark, bright, "
                    "blurred or cut off. It does not recognise every bad photograph."}});
  }

  void AddMetrics() {
    Section("Metrics");
    Text(
        "Accuracy stands beside the majority baseline: what always answering the most frequent "
        "class "
        "scores. Quadratic weighted kappa counts an answer the worse the more grades it is off; 0 "
        "is "
        "chance, 1 agreement on all. Recall of a class is the share of its photographs that are "
        "recognised. Intervals are 95 % of a bootstrap over patients.");
  }

  void AddEvaluationData() {
    Section("Evaluation data");
    if (!data_.evaluation) return Text("This version has no evaluation yet.");
    const v1::Evaluation& evaluation = *data_.evaluation;
    document_.Add(FieldTable({{"Data set", evaluation.spec().dataset()},
                              {"Part", PartName(evaluation.spec().part())},
                              {"Photographs", absl::StrCat(evaluation.report().images())},
                              {"Patients", absl::StrCat(evaluation.report().patients())},
                              {"Fingerprint of the data set", evaluation.dataset_fingerprint()},
                              {"Evaluation", absl::StrCat(evaluation.name(), ", ",
                                                          FormatTime(evaluation.create_time()))}}));
    WarnOfSharedPatients();
  }

  void AddTrainingData() {
    Section("Training data");
    Fields fields = {{"Data set", from_.dataset()},
                     {"Fingerprint of the data set", from_.dataset_fingerprint()}};
    if (data_.dataset) {
      fields.emplace_back("Train photographs by class",
                          Joined(data_.dataset->train_class_counts()));
      fields.emplace_back("Test photographs by class", Joined(data_.dataset->test_class_counts()));
      fields.emplace_back("Split", data_.dataset->split());
      fields.emplace_back("Patients in both parts", absl::StrCat(data_.dataset->shared_patients()));
    }
    document_.Add(FieldTable(fields));
    if (from_.kind() == "trained" && !data_.dataset) {
      Text("The data set is not on the server any more.");
    } else if (data_.dataset && data_.dataset->fingerprint() != from_.dataset_fingerprint()) {
      document_.Add(
          Caution{"The data set of that name is not the one that this version was trained "
                  "with: the fingerprints differ."});
    }
    WarnOfSharedPatients();
    AddSpec();
  }

  // Empty for imported weights.
  static v1::TrainingSpec SpecOf(const v1::Provenance& from) {
    v1::TrainingSpec spec;
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;
    const auto parsed =
        google::protobuf::util::JsonStringToMessage(from.training_spec(), &spec, options);
    return parsed.ok() ? spec : v1::TrainingSpec();
  }

  void AddSpec() {
    const Fields fields = FieldsOf(spec_);
    if (fields.empty()) return;
    document_.Add(Heading{3, "How it was trained"});
    document_.Add(FieldTable(fields));
  }

  void AddAnalyses() {
    Section("Quantitative analyses");
    WarnOfSharedPatients();
    if (data_.evaluation) {
      AddEvaluatedFigures(data_.evaluation->report());
      return;
    }
    if (version_.has_metrics()) {
      const v1::ModelMetrics& metrics = version_.metrics();
      document_.Add(FieldTable({{"Epoch that was kept", absl::StrCat(metrics.epoch())},
                                {"Test accuracy", FormatFixed(metrics.test_accuracy(), 3)},
                                {"Majority baseline", FormatFixed(metrics.majority_baseline(), 3)},
                                {"Test kappa", FormatFixed(metrics.test_kappa(), 3)},
                                {"Test loss", FormatFixed(metrics.test_loss(), 3)}}));
      Text(
          "These come from training, without intervals; where the epoch was chosen by the test "
          "part, "
          "they flatter.");
    }
    const std::string dataset = from_.dataset().empty() ? "NAME" : from_.dataset();
    Text(absl::StrCat("For figures by grade with intervals, run: fovea evaluation run ",
                      version_.name(), " --dataset ", dataset, " --watch"));
  }

  void AddEvaluatedFigures(const v1::EvaluationReport& report) {
    DataTable metrics{{"Metric", ">Value (95 % interval)"}, {}};
    for (const v1::Metric& metric : report.metrics()) {
      const bool screening = absl::StartsWith(metric.name(), "referable") ||
                             absl::StartsWith(metric.name(), "vision_threatening");
      if (screening && !report.has_referable()) continue;
      metrics.rows.push_back({metric.name(), WithInterval(&metric, 3)});
    }
    document_.Add(std::move(metrics));
    if (report.has_referable()) {
      Text(absl::StrCat(
          "Sensitivity, specificity and predictive values are at the thresholds ",
          FormatShort(report.referable().threshold()), " (grade 2 or more) and ",
          FormatShort(report.vision_threatening().threshold()),
          " (grade 3 or more). Predictive values depend on how frequent the grades are."));
    }
    if (report.classes_size() > kMostClasses) return;
    document_.Add(Heading{3, "By class"});
    DataTable classes{{"Class", ">Photographs", ">Precision", ">Recall", ">F1", ">AUC"}, {}};
    DataTable confusion{{"True \\ predicted"}, {}};
    const int count = std::min(report.classes_size(), data_.evaluation->class_names_size());
    for (int i = 0; i < count; ++i) {
      const v1::ClassMetrics& one = report.classes(i);
      const std::string name = absl::StrCat(i, " ", data_.evaluation->class_names(i));
      classes.rows.push_back({name, absl::StrCat(one.support()), FormatFixed(one.precision(), 3),
                              FormatFixed(one.recall(), 3), FormatFixed(one.f1(), 3),
                              FormatFixed(one.roc_auc(), 3)});
      confusion.headers.push_back(absl::StrCat(">", i));
      std::vector<std::string> row = {name};
      for (int column = 0; column < count && report.confusion_size() >= count * count; ++column) {
        row.push_back(absl::StrCat(report.confusion(i * count + column)));
      }
      row.resize(static_cast<size_t>(count) + 1);
      confusion.rows.push_back(std::move(row));
    }
    document_.Add(std::move(classes));
    document_.Add(Heading{3, "Confusion counts"});
    document_.Add(std::move(confusion));
  }

  void AddCalibration() {
    Section("Calibration and thresholds");
    if (!version_.has_calibration()) {
      return Text(
          "Probabilities are those of the network, uncalibrated, and thresholds are 0.5: there "
          "was no validation part to fit them on. Class weights distort probabilities.");
    }
    const v1::Calibration& fitted = version_.calibration();
    std::vector<std::string> cuts;
    for (const double cut : fitted.cut_points()) cuts.push_back(FormatFixed(cut, 3));
    document_.Add(FieldTable(
        {{"Temperature", FormatFixed(fitted.temperature(), 4)},
         {"Threshold for grade 2 or more",
          Grades() ? FormatFixed(fitted.referable_threshold(), 4) : ""},
         {"Threshold for grade 3 or more",
          Grades() ? FormatFixed(fitted.vision_threatening_threshold(), 4) : ""},
         {"Cut points between the grades", absl::StrJoin(cuts, ", ")},
         {"Fitted on", absl::StrCat(fitted.images(), " photographs of ", fitted.patients(),
                                    " patients that were neither trained with nor tested")}}));
    DataTable figures{{"Part", ">Log loss", ">Brier score", ">Expected calibration error"}, {}};
    const auto add = [&](const char* name, bool is_there, const v1::CalibrationFigures& one) {
      if (!is_there) return;
      figures.rows.push_back({name, FormatFixed(one.log_loss(), 4),
                              FormatFixed(one.brier_score(), 4),
                              FormatFixed(one.expected_calibration_error(), 4)});
    };
    add("validation, before", fitted.has_validation_before(), fitted.validation_before());
    add("validation, after", fitted.has_validation_after(), fitted.validation_after());
    add("test, before", fitted.has_test_before(), fitted.test_before());
    add("test, after", fitted.has_test_after(), fitted.test_after());
    if (!figures.rows.empty()) document_.Add(std::move(figures));
  }

  void AddLive() {
    if (!version_.has_live() || version_.live().answers() == 0) return;
    const v1::LiveMetrics& live = version_.live();
    Section("In use");
    document_.Add(FieldTable(
        {{"Since", FormatTime(live.since())},
         {"Answers", absl::StrCat(live.answers())},
         {"Refused by the quality gate", absl::StrCat(live.ungradable())},
         {"Answers with feedback", absl::StrCat(live.feedback())},
         {"Accuracy over these", FormatFixed(live.accuracy(), 3)},
         {"Kappa over these", FormatFixed(live.kappa(), 3)},
         {"Population stability index", FormatFixed(live.population_stability_index(), 3)}}));
    Text(
        "Feedback comes from whoever sends it and need not be of all answers, so its accuracy says "
        "less than an evaluation. An index above 0.25 means that answered grades have drifted.");
  }

  void AddEthics() {
    Section("Ethical considerations");
    document_.Add(
        BulletList{{"Photographs of an eye are health data of a person. Photographs that are "
                    "classified are not "
                    "kept; those of data sets lie on the server until they are deleted.",
                    "A missed grade can cost sight, a false alarm costs a visit and worry: which "
                    "of the two is "
                    "worse is no question that a threshold fitted for both answers.",
                    "A heat map shows what moved the answer, not that the answer is right."}});
  }

  void AddCaveats() {
    Section("Caveats and recommendations");
    BulletList list;
    list.items = {
        "Evaluate on photographs of your own cameras and patients before relying on any figure: "
        "fovea evaluation run MODEL/VERSION --dataset NAME.",
        "Rare grades have few photographs, so their figures have wide intervals.",
        "Labels of fundus data sets are the opinions of graders, who differ among themselves."};
    const v1::BestEpoch best = spec_.recipe().best_epoch();
    const bool by_test = best != v1::BEST_EPOCH_VALIDATION_KAPPA && best != v1::BEST_EPOCH_LAST;
    if (version_.has_metrics() && by_test) {
      list.items.push_back(
          "The epoch was chosen by its accuracy on the test part, so figures of that part "
          "flatter.");
    }
    document_.Add(std::move(list));
  }

  const ModelCardData& data_;
  const v1::ModelVersion& version_;
  const v1::Provenance& from_;
  const v1::TrainingSpec spec_;
  Document document_;
};

}  // namespace

absl::StatusOr<ModelCardData> FetchModelCard(Connection* connection, const std::string& name) {
  ModelCardData data;
  v1::GetModelVersionRequest request;
  request.set_name(name);
  FOVEA_ASSIGN_OR_RETURN(data.version,
                         Call(*connection, connection->models(),
                              &v1::ModelService::StubInterface::GetModelVersion, request));
  FOVEA_ASSIGN_OR_RETURN(data.evaluation, NewestEvaluation(connection, data.version.name()));
  if (data.version.provenance().dataset().empty()) return data;
  v1::GetDatasetRequest dataset;
  dataset.set_name(FullDatasetName(data.version.provenance().dataset()));
  auto found = Call(*connection, connection->datasets(),
                    &v1::DatasetService::StubInterface::GetDataset, dataset);
  if (found.ok()) data.dataset = *std::move(found);
  if (!found.ok() && !absl::IsNotFound(found.status())) return found.status();
  return data;
}

Document MakeModelCard(const ModelCardData& data) { return Card(data).Make(); }

}  // namespace fovea::client
