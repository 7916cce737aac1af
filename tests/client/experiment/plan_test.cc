#include "client/experiment/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"

namespace fovea::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> LabelsOf(const ExperimentPlan& plan) {
  std::vector<std::string> labels;
  for (const PlannedRun& run : plan.runs) labels.push_back(run.label);
  return labels;
}

std::string ErrorOf(const std::string& text, const PlanOverrides& overrides = {}) {
  const auto plan = ParsePlan(text, "plan.toml", overrides);
  EXPECT_EQ(plan.status().code(), absl::StatusCode::kInvalidArgument) << plan.status();
  return std::string(plan.status().message());
}

constexpr char kGrid[] = R"(
name = "grid"
seeds = [3, 4]
[base]
dataset = "eyes"
recipe.epochs = 6
recipe.class_weights = [1, 2.5]
[axes]
weighting = [{label = "weighted", recipe.class_weighting = "inverse-frequency"},
             {label = "unweighted", recipe = {class_weighting = "CLASS_WEIGHTING_NONE"}}]
"recipe.label_smoothing" = [0, 0.1]
[evaluation]
part = "train"
resamples = 100
)";

TEST(PlanTest, GridOfAxesInTheOrderOfTheFileWithEverySeed) {
  const auto plan = ParsePlan(kGrid, "plan.toml", {});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(
      LabelsOf(*plan),
      ElementsAre("weighted, label_smoothing 0, seed 3", "weighted, label_smoothing 0, seed 4",
                  "weighted, label_smoothing 0.1, seed 3", "weighted, label_smoothing 0.1, seed 4",
                  "unweighted, label_smoothing 0, seed 3", "unweighted, label_smoothing 0, seed 4",
                  "unweighted, label_smoothing 0.1, seed 3",
                  "unweighted, label_smoothing 0.1, seed 4"));
  const v1::TrainingSpec& spec = plan->runs[3].spec;
  EXPECT_EQ(spec.dataset(), "datasets/eyes");
  EXPECT_EQ(spec.model_id(), "grid");
  EXPECT_EQ(spec.seed(), 4u);
  EXPECT_EQ(spec.recipe().epochs(), 6);
  EXPECT_EQ(spec.recipe().class_weighting(), v1::CLASS_WEIGHTING_INVERSE_FREQUENCY);
  EXPECT_EQ(spec.recipe().label_smoothing(), 0.1);
  EXPECT_THAT(spec.recipe().class_weights(), ElementsAre(1, 2.5));
  EXPECT_FALSE(spec.recipe().has_momentum());  // What is not set stays the server's default.
  EXPECT_EQ(plan->runs[7].spec.recipe().class_weighting(), v1::CLASS_WEIGHTING_NONE);
  EXPECT_TRUE(plan->evaluate);
  EXPECT_EQ(plan->evaluation.part(), v1::PART_TRAIN);
  EXPECT_EQ(plan->evaluation.resamples(), 100);
}

TEST(PlanTest, RunsOfTheirOwnDifferFromTheBaseInWhatTheySet) {
  const auto plan = ParsePlan(R"(name = "ablation"
[base]
dataset = "datasets/eyes"
init = "random"
[[run]]
label = "lab"
[[run]]
label = "other init"
init = "dr@production"
preprocess.crop_size = 64
[evaluation]
run = false)",
                              "plan.toml", {});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(LabelsOf(*plan), ElementsAre("lab", "other init"));
  EXPECT_EQ(plan->runs[0].spec.init(), "random");
  EXPECT_EQ(plan->runs[1].spec.init(), "models/dr/aliases/production");
  EXPECT_EQ(plan->runs[1].spec.preprocess().crop_size(), 64);
  EXPECT_FALSE(plan->evaluate);
}

TEST(PlanTest, BaseAloneIsOneRun) {
  const auto plan = ParsePlan("name = \"one\"\nbase.dataset = \"eyes\"", "plan.toml", {});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(LabelsOf(*plan), ElementsAre("one"));
}

TEST(PlanTest, SetComesOverEverything) {
  PlanOverrides overrides;
  overrides.name = "small";
  overrides.set = {"recipe.epochs=2",
                   "dataset=other",
                   "recipe.class_weighting=lab",
                   "seeds=[9]",
                   "evaluation.part=test",
                   "preprocess.mean=[0.1,0.2,0.3]",
                   "recipe.name=\"modern\"",
                   "recipe.flip_vertical=false"};
  overrides.only = {"smoothing 0.1"};
  // Weighting is an axis: with one value set over all, runs would be the same.
  EXPECT_THAT(ErrorOf(kGrid, overrides), HasSubstr("are the same; runs must differ"));
  overrides.set[2] = "recipe.momentum=0.5";
  const auto plan = ParsePlan(kGrid, "plan.toml", overrides);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->name, "small");
  EXPECT_THAT(LabelsOf(*plan),
              ElementsAre("weighted, label_smoothing 0.1", "unweighted, label_smoothing 0.1"));
  const v1::TrainingSpec& spec = plan->runs[0].spec;
  EXPECT_EQ(spec.seed(), 9u);
  EXPECT_EQ(spec.dataset(), "datasets/other");
  EXPECT_EQ(spec.recipe().epochs(), 2);
  EXPECT_EQ(spec.recipe().name(), "modern");
  EXPECT_FALSE(spec.recipe().flip_vertical());
  EXPECT_EQ(spec.preprocess().mean_size(), 3);
  EXPECT_EQ(plan->evaluation.part(), v1::PART_TEST);
}

TEST(PlanTest, UnknownKeysNameTheLineAndWhatIsAllowed) {
  const std::string head = "name = \"x\"\n[base]\ndataset = \"eyes\"\n";
  EXPECT_EQ(ErrorOf(head + "[evaluation]\nresample = 3\n"),
            "plan.toml:5: `evaluation.resample`: unknown key; allowed here: run, model, dataset, "
            "part, resamples, seed, referable_threshold, vision_threatening_threshold, threads, "
            "device, max_bad_image_share, precision");
  EXPECT_THAT(
      ErrorOf(head + "recipe.epoch = 3\n"),
      HasSubstr("plan.toml:4: `base.recipe.epoch`: unknown key; allowed here: name, epochs, "));
  EXPECT_EQ(ErrorOf("nam = \"x\"\n"),
            "plan.toml:1: `nam`: unknown key; allowed here: name, description, seeds, base, axes, "
            "run, evaluation");
  EXPECT_THAT(ErrorOf(head + "[axes]\na = [{label = \"q\", nope = 3}]\n"),
              HasSubstr("`axes.a[0].nope`: unknown key; allowed here: label, dataset, "));
  EXPECT_THAT(ErrorOf(head, {.name = "", .set = {"recipe.nope=3"}, .only = {}}),
              HasSubstr("--set recipe.nope=3: `recipe.nope`: unknown key"));
}

TEST(PlanTest, WrongValuesNameTheLineAndWhatIsAllowed) {
  const std::string head = "name = \"x\"\n[base]\ndataset = \"eyes\"\n";
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"architecture = \"vgg\"",
       "plan.toml:4: `base.architecture`: must be one of: resnet18, resnet50"},
      {"architecture = \"unspecified\"", "must be one of"},
      {"recipe.epochs = \"3\"", "plan.toml:4: `base.recipe.epochs`: must be a whole number"},
      {"recipe.epochs = 3.5", "must be a whole number"},
      {"recipe.epochs = 3000000000", "is 3000000000, out of range"},
      {"seed = -1", "is -1, out of range"},
      {"recipe.momentum = \"0.9\"", "must be a number"},
      {"recipe.flip_vertical = 1", "must be true or false"},
      {"init = 3", "must be text in quotes"},
      {"recipe = 3", "must be a table"},
      {"recipe.class_weights = 3", "must be a list"},
      {"recipe.class_weights = [1, \"2\"]", "must be a number"},
      {"[axes]\na = 3", "must be a list of values"},
      {"[axes]\na = []", "must be a list of values"},
      {"[axes]\na = [{init = \"random\"}]", "needs a label"},
      {"[axes]\na = [{label = 3}]", "must be text in quotes"},
      {"[run]\nlabel = \"q\"", "must be [[run]] entries"},
      {"[[run]]\ninit = \"random\"", "needs a label"},
      {"[[run]]\nlabel = \"q\"\n[[run]]\nlabel = \"q\"\nseed = 2", "labels must differ"},
      {"[[run]]\nlabel = \"q\"\n[[run]]\nlabel = \"r\"", "are the same"},
      {"[evaluation]\nmodel = \"m\"", "cannot be set"},
      {"[evaluation]\nrun = 1", "must be true or false"},
      {"x = [", "plan.toml:4: "}};
  for (const auto& [line, message] : wrong) EXPECT_THAT(ErrorOf(head + line), HasSubstr(message));
  EXPECT_THAT(ErrorOf("base.dataset = \"eyes\""), HasSubstr("name"));
  EXPECT_THAT(ErrorOf("name = \"A b\"\nbase.dataset = \"eyes\""), HasSubstr("name"));
  EXPECT_THAT(ErrorOf("name = \"x\""), HasSubstr("base.dataset: is required"));
  EXPECT_THAT(ErrorOf("name = \"x\"\nseeds = [-1]"), HasSubstr("whole numbers from 0"));
  EXPECT_THAT(ErrorOf(absl::StrCat("name = \"", std::string(41, 'a'), "\"")),
              HasSubstr("longer than 40"));
  EXPECT_THAT(ErrorOf(head, {.name = "", .set = {"recipe.epochs"}, .only = {}}),
              HasSubstr("must be KEY=VALUE"));
  EXPECT_THAT(ErrorOf(head, {.name = "", .set = {}, .only = {"zzz"}}), HasSubstr("--only"));
}

TEST(PlanTest, ExperimentsOfTheRepositoryAreRight) {
  const std::vector<std::pair<std::string, size_t>> expected = {
      {"reference", 8}, {"modern-vs-lab", 6}, {"ablation", 16}};
  for (const auto& [name, runs] : expected) {
    const auto plan =
        LoadPlan(absl::StrCat(FOVEA_SOURCE_DIR, "/deploy/experiments/", name, ".toml"),
                 {.name = "", .set = {"recipe.epochs=2", "preprocess.crop_size=64"}, .only = {}});
    ASSERT_TRUE(plan.ok()) << plan.status();
    EXPECT_EQ(plan->name, name);
    EXPECT_EQ(plan->runs.size(), runs);
    std::set<std::string> hashes;
    for (const PlannedRun& run : plan->runs) hashes.insert(run.hash);
    EXPECT_EQ(hashes.size(), runs);
  }
}

}  // namespace
}  // namespace fovea::client
