#include "client/report/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/report/model_card.h"
#include "tests/client/report/canned.h"

namespace fovea::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Document Example() {
  Document document;
  document.title = "A <b> & c";
  document.Add(Heading{2, "One | two"});
  document.Add(Caution{"*careful*"});
  document.Add(BulletList{{"first", "second_"}});
  document.Add(DataTable{{"Name", ">Value"}, {{"a|b", "<1>"}}});
  return document;
}

TEST(DocumentTest, HtmlEscapesEverythingButFigures) {
  Document document = Example();
  document.Add(FigurePart{"f", "<caption>", "<?xml?><svg id=\"a\"><use href='#a'/></svg>"});
  const std::string html = ToHtml(document);
  EXPECT_THAT(html, HasSubstr("<title>A &lt;b&gt; &amp; c</title>"));
  EXPECT_THAT(html, HasSubstr("<h2 id=\"part-1\">One | two</h2>"));
  EXPECT_THAT(html, HasSubstr("<a href=\"#part-1\">One | two</a>"));
  EXPECT_THAT(html, HasSubstr("<th class=\"number\">Value</th>"));
  EXPECT_THAT(html, HasSubstr("<td class=\"number\">&lt;1&gt;</td>"));
  EXPECT_THAT(html, HasSubstr("<svg id=\"figure-1-a\"><use href='#figure-1-a'/></svg>"));
  EXPECT_THAT(html, HasSubstr("&lt;caption&gt;"));
}

TEST(DocumentTest, MarkdownKeepsPlainTextPlain) {
  EXPECT_EQ(ToMarkdown(Example()),
            "# A \\<b\\> & c\n\n"
            "## One \\| two\n\n"
            "> **Note:** \\*careful\\*\n\n"
            "- first\n- second\\_\n\n"
            "| Name | Value |\n| --- | ---: |\n| a\\|b | \\<1\\> |\n");
}

ModelCardData CardData() {
  ModelCardData data;
  v1::ModelVersion& version = data.version;
  version.set_name("models/dr/versions/3");
  version.set_architecture(v1::ARCHITECTURE_RESNET50);
  version.set_num_classes(5);
  for (int grade = 0; grade < 5; ++grade) version.add_class_names(absl::StrCat("grade ", grade));
  version.set_weights_sha256("abc123");
  v1::Provenance& from = *version.mutable_provenance();
  from.set_kind("trained");
  from.set_job("jobs/j-1");
  from.set_dataset("datasets/eyes");
  from.set_dataset_fingerprint("f1");
  from.set_training_spec(R"({"init": "models/imagenet", "recipe": {"epochs": 7}, "later": 1})");
  version.mutable_metrics()->set_test_accuracy(0.7);
  version.mutable_metrics()->set_majority_baseline(0.6);
  return data;
}

TEST(ModelCardTest, WithoutAnEvaluationSaysHowToMakeOne) {
  const std::string card = ToMarkdown(MakeModelCard(CardData()));
  for (const char* text :
       {"# Model card: models/dr/versions/3", "Not a medical device", "## Model details",
        "## Intended use", "## Factors", "## Metrics", "## Evaluation data", "## Training data",
        "## Quantitative analyses", "## Ethical considerations", "## Caveats and recommendations",
        "| Network | ResNet50, 5 outputs |", "| SHA-256 of the weights | abc123 |",
        "| recipe.epochs | 7 |", "| Test accuracy | 0.700 |", "| Majority baseline | 0.600 |",
        "run: fovea evaluation run models/dr/versions/3 --dataset datasets/eyes", "uncalibrated",
        "The data set is not on the server any more"}) {
    EXPECT_THAT(card, HasSubstr(text));
  }
  EXPECT_THAT(card, Not(HasSubstr("## In use")));
  EXPECT_THAT(card, HasSubstr("The epoch was chosen by its accuracy on the test part"));
  ModelCardData by_validation = CardData();
  by_validation.version.mutable_provenance()->set_training_spec(
      R"({"recipe": {"best_epoch": "BEST_EPOCH_VALIDATION_KAPPA"}})");
  EXPECT_THAT(ToMarkdown(MakeModelCard(by_validation)), Not(HasSubstr("The epoch was chosen by")));
}

TEST(ModelCardTest, FiguresByGradeCalibrationAndSharedPatients) {
  ModelCardData data = CardData();
  data.evaluation = CannedEvaluation(0.5);
  data.dataset.emplace();
  data.dataset->set_fingerprint("f2");
  data.dataset->set_shared_patients(4);
  data.dataset->add_train_class_counts(16);
  v1::Calibration& calibration = *data.version.mutable_calibration();
  calibration.set_temperature(1.5);
  calibration.set_images(12);
  calibration.mutable_test_before()->set_log_loss(2);
  calibration.mutable_test_after()->set_log_loss(1.25);
  data.version.mutable_live()->set_answers(60);
  const std::string card = ToMarkdown(MakeModelCard(data));
  for (const char* text :
       {"| accuracy | 0.500 (0.400\u00a0to\u00a00.600) |", "| 4 grade 4 | 4 | 0.000 | 1.000 |",
        "| Temperature | 1.5000 |", "| test, before | 2.0000 |", "| test, after | 1.2500 |",
        "the fingerprints differ", "figures of the test part flatter", "| Answers | 60 |",
        "| Patients in both parts | 4 |"}) {
    EXPECT_THAT(card, HasSubstr(text));
  }
  EXPECT_THAT(card, Not(HasSubstr("uncalibrated")));
  EXPECT_THAT(ToHtml(MakeModelCard(data)), HasSubstr("<h2 id=\"part-1\">Model details</h2>"));
}

}  // namespace
}  // namespace fovea::client
