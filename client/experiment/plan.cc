#include "client/experiment/plan.h"

#include <algorithm>
#include <list>
#include <map>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/experiment/request_ids.h"
#include "client/experiment/toml_message.h"
#include "client/short_names.h"
#include "common/base/file.h"
#include "common/base/names.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

constexpr int64_t kMaxFileBytes = 1 << 20;
constexpr size_t kMaxRuns = 1000;
constexpr char kAllowedAtTop[] = "name, description, seeds, base, axes, run, evaluation";

// One value of an axis, or a run of its own: what it is called and what it sets.
struct Variant {
  std::string label;
  const toml::table* fields;
  std::string path;  // In the file, for messages.
};

absl::StatusOr<toml::table> ParseToml(absl::string_view text, absl::string_view file) {
  toml::parse_result result = toml::parse(std::string_view(text.data(), text.size()));
  if (result.succeeded()) return std::move(result).table();
  const toml::parse_error& error = result.error();
  const std::string_view reason = error.description();
  return absl::InvalidArgumentError(absl::StrCat(file, ":", error.source().begin.line, ": ",
                                                 absl::string_view(reason.data(), reason.size())));
}

// What came as --set.
struct SetFlag {
  std::string name;  // For messages.
  toml::table table;
};

// "recipe.epochs=2" as a table. What is no TOML value is text: dataset=eyes.
absl::StatusOr<toml::table> ParseSet(const std::string& text, const std::string& name) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return FieldError(name, "must be KEY=VALUE, for instance recipe.epochs=2");
  }
  absl::StatusOr<toml::table> table = ParseToml(text, name);
  if (table.ok()) return table;
  const std::string key = text.substr(0, equals);
  const std::string value = text.substr(equals + 1);
  if (value.find_first_of("'\n[{\"") != std::string::npos) return table.status();
  return ParseToml(absl::StrCat(key, " = '", value, "'"), name);
}

// Short names are completed, as on the command line.
void CompleteNames(v1::TrainingSpec* spec) {
  if (!spec->dataset().empty()) spec->set_dataset(FullDatasetName(spec->dataset()));
  if (!spec->init().empty() && spec->init() != "random") {
    spec->set_init(FullModelName(spec->init()));
  }
}

class PlanReader {
 public:
  PlanReader(absl::string_view file, const toml::table& root, std::vector<SetFlag> sets,
             const PlanOverrides& overrides)
      : file_(file), root_(root), sets_(std::move(sets)), overrides_(overrides) {}

  absl::StatusOr<ExperimentPlan> Read() {
    FOVEA_RETURN_IF_ERROR(CheckTop());
    FOVEA_RETURN_IF_ERROR(ReadName());
    FOVEA_RETURN_IF_ERROR(ReadSeeds(root_));
    for (const SetFlag& set : sets_) FOVEA_RETURN_IF_ERROR(ReadSeeds(set.table));
    FOVEA_RETURN_IF_ERROR(ReadEvaluation());
    FOVEA_RETURN_IF_ERROR(ReadAxes());
    FOVEA_RETURN_IF_ERROR(ReadRuns());
    if (plan_.runs.empty()) FOVEA_RETURN_IF_ERROR(AddRuns({}));
    FOVEA_RETURN_IF_ERROR(CheckDifferent());
    FOVEA_RETURN_IF_ERROR(KeepWanted());
    return std::move(plan_);
  }

 private:
  absl::Status Error(const toml::node& node, absl::string_view path,
                     absl::string_view problem) const {
    return NodeError(file_, node, path, problem);
  }

  absl::Status CheckTop() const {
    for (const auto& [key, node] : root_) {
      const std::string name(key.str());
      if (absl::StrContains(absl::StrCat(", ", kAllowedAtTop, ","),
                            absl::StrCat(", ", name, ","))) {
        continue;
      }
      return Error(node, name, absl::StrCat("unknown key; allowed here: ", kAllowedAtTop));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Text(const toml::table& table, std::string_view key,
                                   absl::string_view path) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) return std::string();
    const auto text = node->value_exact<std::string>();
    if (!text) return Error(*node, path, "must be text in quotes");
    return *text;
  }

  absl::Status ReadName() {
    FOVEA_ASSIGN_OR_RETURN(plan_.name, Text(root_, "name", "name"));
    FOVEA_ASSIGN_OR_RETURN(plan_.description, Text(root_, "description", "description"));
    if (!overrides_.name.empty()) plan_.name = overrides_.name;
    FOVEA_RETURN_IF_ERROR(Annotate(ValidateId("name", plan_.name), file_));
    if (plan_.name.size() <= kMaxExperimentName) return absl::OkStatus();
    return FieldError("name", absl::StrCat("is longer than ", kMaxExperimentName, " characters"));
  }

  absl::Status ReadSeeds(const toml::table& table) {
    const toml::node* node = table.get("seeds");
    if (node == nullptr) return absl::OkStatus();
    const toml::array* array = node->as_array();
    seeds_.clear();
    for (size_t i = 0; array != nullptr && i < array->size(); ++i) {
      const auto seed = array->get(i)->value_exact<int64_t>();
      if (!seed || *seed < 0) return Error(*node, "seeds", "must be whole numbers from 0");
      seeds_.push_back(*seed);
    }
    return seeds_.empty() ? Error(*node, "seeds", "must be a list of numbers, such as [0, 1, 2]")
                          : absl::OkStatus();
  }

  absl::Status ReadEvaluation() {
    FOVEA_RETURN_IF_ERROR(FillEvaluation(file_, root_));
    for (const SetFlag& set : sets_) {
      FOVEA_RETURN_IF_ERROR(FillEvaluation(set.name, set.table));
    }
    if (plan_.evaluation.model().empty() && plan_.evaluation.dataset().empty()) {
      return absl::OkStatus();
    }
    return FieldError(absl::StrCat(file_, ": evaluation"),
                      "model and dataset are those of each run and cannot be set");
  }

  absl::Status FillEvaluation(absl::string_view file, const toml::table& from) {
    const toml::node* node = from.get("evaluation");
    if (node == nullptr) return absl::OkStatus();
    const toml::table* table = node->as_table();
    if (table == nullptr) return NodeError(file, *node, "evaluation", "must be a table");
    if (const toml::node* run = table->get("run")) {
      const auto on = run->value_exact<bool>();
      if (!on) return NodeError(file, *run, "evaluation.run", "must be true or false");
      plan_.evaluate = *on;
    }
    return FillMessage(file, *table, "evaluation", {"run"}, &plan_.evaluation);
  }

  // A table with a label, or a value of the field that `axis` names.
  absl::StatusOr<Variant> ReadVariant(const toml::node& node, const std::string& axis,
                                      const std::string& path) {
    if (const toml::table* table = node.as_table()) {
      FOVEA_ASSIGN_OR_RETURN(std::string label, Text(*table, "label", path + ".label"));
      if (label.empty()) return Error(node, path, "needs a label = \"...\"");
      return Variant{std::move(label), table, path};
    }
    toml::table value;
    FOVEA_RETURN_IF_ERROR(SetAtPath(node, axis, path, &value));
    const auto table = made_tables_.insert(made_tables_.end(), std::move(value));
    return Variant{absl::StrCat(axis.substr(axis.rfind('.') + 1), " ", ValueText(node)), &*table,
                   path};
  }

  // {recipe = {epochs = node}} for "recipe.epochs".
  absl::Status SetAtPath(const toml::node& node, const std::string& axis, const std::string& path,
                         toml::table* table) const {
    const size_t dot = axis.find('.');
    if (dot != std::string::npos) {
      toml::table inner;
      FOVEA_RETURN_IF_ERROR(SetAtPath(node, axis.substr(dot + 1), path, &inner));
      table->insert(axis.substr(0, dot), std::move(inner));
      return absl::OkStatus();
    }
    const bool set = node.visit([&](const auto& concrete) {
      table->insert(axis, concrete);
      return true;
    });
    return set ? absl::OkStatus() : Error(node, path, "cannot be used here");
  }

  static std::string ValueText(const toml::node& node) {
    if (const auto text = node.value_exact<std::string>()) return *text;
    if (const auto on = node.value_exact<bool>()) return *on ? "on" : "off";
    if (const auto whole = node.value_exact<int64_t>()) return absl::StrCat(*whole);
    if (const auto number = node.value<double>()) return absl::StrCat(*number);
    return "...";
  }

  absl::Status ReadAxes() {
    const toml::node* node = root_.get("axes");
    if (node == nullptr) return absl::OkStatus();
    const toml::table* axes = node->as_table();
    if (axes == nullptr) return Error(*node, "axes", "must be a table");
    // Tables are sorted by key; the file's order is in their places.
    std::vector<std::pair<std::string, const toml::node*>> ordered;
    for (const auto& [key, axis] : *axes) ordered.emplace_back(std::string(key.str()), &axis);
    std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
      const auto& first = a.second->source().begin;
      const auto& second = b.second->source().begin;
      return std::pair(first.line, first.column) < std::pair(second.line, second.column);
    });
    std::vector<std::vector<Variant>> cells = {{}};
    for (const auto& [name, axis] : ordered) {
      FOVEA_ASSIGN_OR_RETURN(const std::vector<Variant> variants, ReadAxis(name, *axis));
      if (cells.size() * variants.size() > kMaxRuns) return TooMany();
      std::vector<std::vector<Variant>> crossed;
      for (const std::vector<Variant>& cell : cells) {
        for (const Variant& variant : variants) {
          crossed.push_back(cell);
          crossed.back().push_back(variant);
        }
      }
      cells = std::move(crossed);
    }
    for (const std::vector<Variant>& cell : cells) FOVEA_RETURN_IF_ERROR(AddRuns(cell));
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Variant>> ReadAxis(const std::string& name, const toml::node& axis) {
    const std::string path = absl::StrCat("axes.", name);
    const toml::array* array = axis.as_array();
    if (array == nullptr || array->empty()) {
      return Error(axis, path, "must be a list of values, such as [{label = \"...\", ...}, ...]");
    }
    std::vector<Variant> variants;
    for (size_t i = 0; i < array->size(); ++i) {
      FOVEA_ASSIGN_OR_RETURN(Variant variant,
                             ReadVariant(*array->get(i), name, absl::StrCat(path, "[", i, "]")));
      variants.push_back(std::move(variant));
    }
    return variants;
  }

  absl::Status ReadRuns() {
    const toml::node* node = root_.get("run");
    if (node == nullptr) return absl::OkStatus();
    const toml::array* runs = node->as_array();
    if (runs == nullptr) return Error(*node, "run", "must be [[run]] entries");
    for (size_t i = 0; i < runs->size(); ++i) {
      const std::string path = absl::StrCat("run[", i, "]");
      if (!runs->get(i)->is_table()) return Error(*runs->get(i), path, "must be a table");
      FOVEA_ASSIGN_OR_RETURN(Variant variant, ReadVariant(*runs->get(i), "", path));
      FOVEA_RETURN_IF_ERROR(AddRuns({std::move(variant)}));
    }
    return absl::OkStatus();
  }

  absl::Status TooMany() const {
    return FieldError(file_, absl::StrCat("gives more than ", kMaxRuns, " runs"));
  }

  // The run of `variants` with every seed.
  absl::Status AddRuns(const std::vector<Variant>& variants) {
    v1::TrainingSpec spec;
    if (const toml::node* base = root_.get("base")) {
      if (!base->is_table()) return Error(*base, "base", "must be a table");
      FOVEA_RETURN_IF_ERROR(FillMessage(file_, *base->as_table(), "base", {}, &spec));
    }
    std::vector<std::string> labels;
    for (const Variant& variant : variants) {
      FOVEA_RETURN_IF_ERROR(FillMessage(file_, *variant.fields, variant.path, {"label"}, &spec));
      labels.push_back(variant.label);
    }
    for (const SetFlag& set : sets_) {
      FOVEA_RETURN_IF_ERROR(FillMessage(set.name, set.table, "", {"evaluation", "seeds"}, &spec));
    }
    CompleteNames(&spec);
    if (spec.dataset().empty()) {
      return FieldError(absl::StrCat(file_, ": base.dataset"), "is required: name the data set");
    }
    if (spec.model_id().empty()) spec.set_model_id(plan_.name);
    const std::string label = labels.empty() ? plan_.name : absl::StrJoin(labels, ", ");
    for (const uint64_t seed : seeds_) {
      spec.set_seed(seed);
      AddRun(seeds_.size() > 1 ? absl::StrCat(label, ", seed ", seed) : label, spec);
    }
    if (seeds_.empty()) AddRun(label, spec);
    return plan_.runs.size() > kMaxRuns ? TooMany() : absl::OkStatus();
  }

  void AddRun(std::string label, const v1::TrainingSpec& spec) {
    plan_.runs.push_back({std::move(label), spec, SpecHash(spec)});
  }

  absl::Status CheckDifferent() const {
    std::map<std::string, std::string> by_hash, by_label;
    for (const PlannedRun& run : plan_.runs) {
      const auto [same, is_new] = by_hash.emplace(run.hash, run.label);
      if (!is_new) {
        return absl::InvalidArgumentError(absl::StrCat(file_, ": the runs \"", same->second,
                                                       "\" and \"", run.label,
                                                       "\" are the same; runs must differ"));
      }
      if (by_label.emplace(run.label, run.hash).second) continue;
      return absl::InvalidArgumentError(
          absl::StrCat(file_, ": two runs are labelled \"", run.label, "\"; labels must differ"));
    }
    return absl::OkStatus();
  }

  absl::Status KeepWanted() {
    if (overrides_.only.empty()) return absl::OkStatus();
    std::erase_if(plan_.runs, [this](const PlannedRun& run) {
      return absl::c_none_of(overrides_.only, [&](const std::string& text) {
        return absl::StrContains(run.label, text);
      });
    });
    if (!plan_.runs.empty()) return absl::OkStatus();
    return FieldError("--only", "no run has that in its label; --dry-run shows the labels");
  }

  const std::string file_;
  const toml::table& root_;
  const std::vector<SetFlag> sets_;
  const PlanOverrides& overrides_;
  std::vector<uint64_t> seeds_;
  std::list<toml::table> made_tables_;  // Of values that are no tables in the file.
  ExperimentPlan plan_;
};

}  // namespace

absl::StatusOr<ExperimentPlan> ParsePlan(absl::string_view text, absl::string_view file,
                                         const PlanOverrides& overrides) {
  FOVEA_ASSIGN_OR_RETURN(const toml::table root, ParseToml(text, file));
  std::vector<SetFlag> sets;
  for (const std::string& set : overrides.set) {
    const std::string name = absl::StrCat("--set ", set);
    FOVEA_ASSIGN_OR_RETURN(toml::table table, ParseSet(set, name));
    sets.push_back({name, std::move(table)});
  }
  return PlanReader(file, root, std::move(sets), overrides).Read();
}

absl::StatusOr<ExperimentPlan> LoadPlan(const std::string& file, const PlanOverrides& overrides) {
  FOVEA_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kMaxFileBytes));
  return ParsePlan(text, file, overrides);
}

}  // namespace fovea::client
