#include "client/report/arms.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace fovea::client {
namespace {

// Of this many in one chart, lines can still be told apart.
constexpr size_t kMostArmsOfAPanel = 4;

using Words = std::vector<std::string>;

Words WordsOf(const std::string& label) { return absl::StrSplit(label, ", "); }

std::string WithoutSeed(const std::string& label) {
  Words words = WordsOf(label);
  std::erase_if(words, [](const std::string& word) { return absl::StartsWith(word, "seed "); });
  return words.empty() ? label : absl::StrJoin(words, ", ");
}

// What is the same for runs that differ in nothing but what `forget` clears.
std::string KeyOf(const ReportRun& run, const std::function<void(v1::TrainingSpec*)>& forget) {
  v1::TrainingSpec spec = run.job.spec();
  spec.clear_seed();
  spec.clear_model_id();
  spec.clear_threads();
  forget(&spec);
  return spec.SerializeAsString();
}

// By key, in the order in which keys come.
std::vector<std::vector<Arm>> GroupBy(const std::vector<Arm>& arms,
                                      const std::function<void(v1::TrainingSpec*)>& forget) {
  std::map<std::string, size_t> index;
  std::vector<std::vector<Arm>> groups;
  for (const Arm& arm : arms) {
    const auto [it, is_new] = index.emplace(KeyOf(arm.first(), forget), groups.size());
    if (is_new) groups.emplace_back();
    groups[it->second].push_back(arm);
  }
  return groups;
}

// The words that all labels have become the title, the others stay.
Panel PanelOf(std::vector<Arm> arms) {
  Words common = WordsOf(arms[0].label);
  for (const Arm& arm : arms) {
    const Words words = WordsOf(arm.label);
    std::erase_if(common,
                  [&](const std::string& word) { return !absl::c_linear_search(words, word); });
  }
  Panel panel{absl::StrJoin(common, ", "), std::move(arms)};
  if (panel.arms.size() == 1) return panel;
  for (Arm& arm : panel.arms) {
    Words words = WordsOf(arm.label);
    std::erase_if(words,
                  [&](const std::string& word) { return absl::c_linear_search(common, word); });
    if (!words.empty()) arm.label = absl::StrJoin(words, ", ");
  }
  return panel;
}

bool HasPairs(const std::vector<std::vector<Arm>>& groups) {
  return absl::c_any_of(groups, [](const auto& group) { return group.size() > 1; });
}

}  // namespace

std::vector<Arm> ArmsOf(const ReportData& data) {
  std::vector<Arm> singles;
  for (const ReportRun& run : data.runs) singles.push_back({WithoutSeed(run.label), {&run}});
  std::vector<Arm> arms;
  for (const std::vector<Arm>& group : GroupBy(singles, [](v1::TrainingSpec*) {})) {
    Arm arm{group[0].label, {}};
    for (const Arm& one : group) arm.runs.push_back(&one.first());
    arms.push_back(std::move(arm));
  }
  return arms;
}

std::vector<Panel> ComparisonPanels(const std::vector<Arm>& arms) {
  const auto groups = GroupBy(arms, [](v1::TrainingSpec* spec) { spec->clear_init(); });
  std::vector<Panel> panels;
  const bool few = arms.size() <= kMostArmsOfAPanel;
  if (HasPairs(groups)) {
    for (const auto& group : groups) panels.push_back(PanelOf(group));
  } else if (few && !arms.empty()) {
    panels.push_back(PanelOf(arms));
  } else {
    for (const Arm& arm : arms) panels.push_back(PanelOf({arm}));
  }
  return panels;
}

bool SortByWeighting(std::vector<Arm>* arms) {
  auto groups = GroupBy(*arms, [](v1::TrainingSpec* spec) {
    spec->mutable_recipe()->clear_class_weighting();
    spec->mutable_recipe()->clear_class_weights();
  });
  const bool pairs = HasPairs(groups);
  arms->clear();
  for (auto& group : groups) {
    std::stable_sort(group.begin(), group.end(), [](const Arm& a, const Arm& b) {
      const auto unweighted = [](const Arm& arm) {
        return arm.first().job.spec().recipe().class_weighting() == v1::CLASS_WEIGHTING_NONE;
      };
      return unweighted(a) < unweighted(b);
    });
    for (Arm& arm : group) arms->push_back(std::move(arm));
  }
  return pairs;
}

}  // namespace fovea::client
