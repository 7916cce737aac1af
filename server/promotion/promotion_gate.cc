#include "server/promotion/promotion_gate.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/evaluation/metric.h"
#include "common/evaluation/undefined.h"
#include "server/convert/check.h"
#include "server/evaluations/stored_pair.h"
#include "server/model/architecture.h"

namespace fovea {
namespace {

const char* PartName(const v1::EvaluationSpec& spec) {
  return spec.part() == v1::PART_TRAIN ? "train" : "test";
}

std::string Figure(double value) {
  return std::isnan(value) ? "undefined" : absl::StrFormat("%.4f", value);
}

// Newer ones are greater.
auto AgeOf(const v1::Evaluation& record) {
  return std::make_tuple(record.create_time().seconds(), record.create_time().nanos(),
                         record.name());
}

// The metric of a report by its name; one without a value where there is none.
v1::Metric MetricOf(const v1::EvaluationReport& report, Metric metric) {
  const absl::string_view name = MetricName(metric);
  for (const v1::Metric& one : report.metrics()) {
    if (one.name() == name) return one;
  }
  v1::Metric none;
  none.set_value(kUndefined);
  return none;
}

// Checks the conditions of one request, one after the other.
class Gate {
 public:
  Gate(const EvaluationStore& evaluations, const v1::SetAliasRequest& request, VersionInfo version,
       int32_t current)
      : evaluations_(evaluations),
        request_(request),
        conditions_(request.require()),
        version_(std::move(version)) {
    result_.current_version = current;
  }

  absl::StatusOr<PromotionChecks> Run() {
    FOVEA_RETURN_IF_ERROR(FindEvaluation());
    if (record_.has_value()) CheckPart();
    if (!record_.has_value() && NeedsEvaluation()) {
      Add("evaluation", false,
          absl::StrCat(version_.name(), " has none on photographs that it was not trained with; ",
                       HowToEvaluate(version_.version, version_.manifest.provenance.dataset, "")));
    }
    if (conditions_.kappa_not_worse()) FOVEA_RETURN_IF_ERROR(CheckNotWorse());
    if (record_.has_value()) CheckFigures();
    return std::move(result_);
  }

 private:
  void Add(absl::string_view condition, bool met, absl::string_view text) {
    result_.met = result_.met && met;
    result_.checks.push_back(absl::StrCat(condition, met ? ": met: " : ": not met: ", text));
  }

  // Kappa is compared with nothing where the alias is new or stays.
  bool Compares() const {
    return conditions_.kappa_not_worse() && result_.current_version != 0 &&
           result_.current_version != request_.version();
  }
  bool NeedsEvaluation() const {
    return Compares() || conditions_.has_min_kappa() || conditions_.has_max_calibration_error() ||
           conditions_.has_min_referable_sensitivity();
  }

  bool IsOfItsTraining(const v1::Evaluation& record) const {
    return record.spec().part() == v1::PART_TRAIN &&
           record.dataset_fingerprint() == version_.manifest.provenance.dataset_fingerprint;
  }

  std::string HowToEvaluate(int32_t version, const std::string& dataset,
                            absl::string_view part) const {
    const absl::string_view id = absl::StripPrefix(dataset, "datasets/");
    return absl::StrCat("run: fovea evaluation run ", version_.model_id, "/", version, " --dataset ",
                        id.empty() ? "NAME" : id, part.empty() ? "" : " --part ", part, " --watch");
  }

  // Evaluations of a version, newest first.
  std::vector<v1::Evaluation> EvaluationsOf(const std::string& version) const {
    std::vector<v1::Evaluation> records =
        evaluations_.List("", std::numeric_limits<int>::max(), version);
    std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) {
      return AgeOf(a) > AgeOf(b);
    });
    return records;
  }

  // The one that is named, or the newest.
  absl::Status FindEvaluation() {
    if (conditions_.evaluation().empty()) {
      for (v1::Evaluation& record : EvaluationsOf(version_.name())) {
        if (IsOfItsTraining(record)) continue;
        record_ = std::move(record);
        break;
      }
      return absl::OkStatus();
    }
    FOVEA_ASSIGN_OR_RETURN(const std::string id, ParseName("require.evaluation", "evaluations",
                                                           conditions_.evaluation()));
    FOVEA_ASSIGN_OR_RETURN(record_, evaluations_.Get(id));
    if (record_->spec().model() == version_.name()) return absl::OkStatus();
    return FieldError("require.evaluation",
                      absl::StrCat("is of ", record_->spec().model(), ", not of ",
                                   version_.name()));
  }

  void CheckPart() {
    const v1::Evaluation& record = *record_;
    std::string text =
        absl::StrCat(record.name(), ", ", record.report().images(), " photographs of the ",
                     PartName(record.spec()), " part of ", record.spec().dataset());
    if (record.parts_share_patients()) {
      absl::StrAppend(&text, "; some patients are in both parts, so its figures flatter");
    }
    if (IsOfItsTraining(record)) absl::StrAppend(&text, ", which it was trained with");
    Add("evaluation", !IsOfItsTraining(record), text);
  }

  absl::Status CheckNotWorse() {
    constexpr char kName[] = "kappa_not_worse";
    if (result_.current_version == 0) {
      Add(kName, true, absl::StrCat(request_.alias(), " does not exist yet"));
      return absl::OkStatus();
    }
    if (!Compares()) {
      Add(kName, true, absl::StrCat(request_.alias(), " is this version already"));
      return absl::OkStatus();
    }
    if (!record_.has_value()) return absl::OkStatus();  // Said already.
    FOVEA_ASSIGN_OR_RETURN(const StoredEvaluation ours,
                           ReadStored(evaluations_, "require.evaluation", record_->name()));
    FOVEA_ASSIGN_OR_RETURN(const std::optional<StoredEvaluation> current, Counterpart(ours));
    if (!current.has_value()) {
      Add(kName, false,
          absl::StrCat("version ", result_.current_version, ", which is ", request_.alias(),
                       " now, has no evaluation on the same photographs; ",
                       HowToEvaluate(result_.current_version, record_->spec().dataset(),
                                     PartName(record_->spec()))));
      return absl::OkStatus();
    }
    FOVEA_ASSIGN_OR_RETURN(const ModelComparison comparison, CompareStored(ours, *current, {}));
    const MetricDifference& kappa = comparison.at(Metric::kQuadraticWeightedKappa);
    Add(kName, kappa.interval.high >= 0,
        absl::StrCat("kappa ", Figure(kappa.first), " minus ", Figure(kappa.second),
                     " of version ", result_.current_version, " is ", Figure(kappa.difference),
                     " (95 % ", Figure(kappa.interval.low), " to ", Figure(kappa.interval.high),
                     ", by ", current->record.name(), "), the upper bound must be at least 0"));
    return absl::OkStatus();
  }

  // The newest evaluation of the current version on the photographs of `ours`.
  absl::StatusOr<std::optional<StoredEvaluation>> Counterpart(const StoredEvaluation& ours) const {
    const std::string current = ModelVersionName(version_.model_id, result_.current_version);
    for (const v1::Evaluation& record : EvaluationsOf(current)) {
      if (record.dataset_fingerprint() != ours.record.dataset_fingerprint() ||
          record.spec().part() != ours.record.spec().part()) {
        continue;
      }
      FOVEA_ASSIGN_OR_RETURN(StoredEvaluation stored,
                             ReadStored(evaluations_, "require", record.name()));
      if (SamePhotographs(ours, stored)) return std::optional(std::move(stored));
    }
    return std::nullopt;
  }

  void CheckFigures() {
    if (conditions_.has_min_kappa()) {
      AtLeast("min_kappa", Metric::kQuadraticWeightedKappa, conditions_.min_kappa());
    }
    if (conditions_.has_max_calibration_error()) {
      const v1::Metric metric = MetricOf(record_->report(), Metric::kExpectedCalibrationError);
      const double bound = conditions_.max_calibration_error();
      Add("max_calibration_error", metric.value() <= bound, Text(metric, "at most", bound));
    }
    if (!conditions_.has_min_referable_sensitivity()) return;
    if (record_->class_names_size() == static_cast<int>(std::size(kGradeNames))) {
      AtLeast("min_referable_sensitivity", Metric::kReferableSensitivity,
              conditions_.min_referable_sensitivity());
    } else {
      Add("min_referable_sensitivity", false, "the version does not have the five grades");
    }
  }

  void AtLeast(absl::string_view condition, Metric wanted, double bound) {
    const v1::Metric metric = MetricOf(record_->report(), wanted);
    Add(condition, metric.value() >= bound, Text(metric, "at least", bound));
  }

  static std::string Text(const v1::Metric& metric, absl::string_view relation, double bound) {
    return absl::StrCat(Figure(metric.value()), " (95 % ", Figure(metric.low()), " to ",
                        Figure(metric.high()), "), must be ", relation, " ", bound);
  }

  const EvaluationStore& evaluations_;
  const v1::SetAliasRequest& request_;
  const v1::PromotionConditions& conditions_;
  const VersionInfo version_;
  std::optional<v1::Evaluation> record_;
  PromotionChecks result_;
};

}  // namespace

absl::Status ValidateConditions(const v1::PromotionConditions& conditions) {
  if (conditions.has_min_kappa()) {
    FOVEA_RETURN_IF_ERROR(CheckRange("require.min_kappa", conditions.min_kappa(), -1, 1));
  }
  if (conditions.has_max_calibration_error()) {
    FOVEA_RETURN_IF_ERROR(CheckRange("require.max_calibration_error",
                                     conditions.max_calibration_error(), 0, 1));
  }
  if (!conditions.has_min_referable_sensitivity()) return absl::OkStatus();
  return CheckRange("require.min_referable_sensitivity", conditions.min_referable_sensitivity(), 0,
                    1);
}

absl::StatusOr<PromotionChecks> CheckPromotion(const Registry& registry,
                                               const EvaluationStore& evaluations,
                                               const std::string& model_id,
                                               const v1::SetAliasRequest& request) {
  FOVEA_ASSIGN_OR_RETURN(VersionInfo version,
                         registry.Resolve({model_id, request.version(), ""}));
  FOVEA_ASSIGN_OR_RETURN(const ModelInfo model, registry.GetModel(model_id));
  const auto current = model.aliases.find(request.alias());
  return Gate(evaluations, request, std::move(version),
              current == model.aliases.end() ? 0 : current->second)
      .Run();
}

absl::Status Refusal(const std::string& model_id, const v1::SetAliasRequest& request,
                     const PromotionChecks& checks) {
  const std::string before =
      checks.current_version == 0 ? "is not set"
                                  : absl::StrCat("stays at version ", checks.current_version);
  return absl::FailedPreconditionError(
      absl::StrCat("alias ", request.alias(), " of ", ModelName(model_id), " ", before,
                   ": version ", request.version(), " does not meet what is required\n  ",
                   absl::StrJoin(checks.checks, "\n  "),
                   "\nSet `force` to do it all the same; that is recorded."));
}

}  // namespace fovea
