// The program as a whole: usage, unreachable servers, JSON, classification, models, completions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_split.h"
#include "client/app.h"
#include "client/completion.h"
#include "common/base/file.h"
#include "tests/client/fake_server.h"
#include "tests/client/program.h"

namespace fovea::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ProgramTest, VersionIsQuick) {
  RunFovea({"--version"});  // Files into the page cache.
  const auto start = std::chrono::steady_clock::now();
  const Finished run = RunFovea({"--version"});
  const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.out, "fovea " FOVEA_VERSION "\n");
  std::cout << "fovea --version: " << time.count() << " ms\n";
}

TEST(ProgramTest, WrongUsageIsTwoWithAHint) {
  for (const std::vector<std::string>& args : std::vector<std::vector<std::string>>{
           {}, {"job"}, {"job", "create", "--epochs", "x"}, {"nonsense"}, {"job", "watch"},
           {"-o", "xml", "job", "list"}, {"--timeout", "-1", "job", "list"},
           {"job", "create", "--seed", "-1"}, {"job", "list", "--config", "/nonexistent"},
           {"classify", "x", "--in-flight", "0"}, {"classify"}, {"feedback"}, {"feedback", "x"},
           {"feedback", "x", "1", "--csv", "/dev/null"}, {"feedback", "x", "high"},
           {"classify", "x", "--left", "y"},
           {"classify", "--right", "y", "--labels", "/dev/null"}}) {
    const Finished run = RunFovea(args);
    EXPECT_EQ(run.code, 2) << ::testing::PrintToString(args);
    EXPECT_THAT(run.err, HasSubstr("error: "));
    EXPECT_THAT(run.err, HasSubstr("--help` shows the usage"));
    EXPECT_EQ(run.out, "");
  }
}

TEST(ProgramTest, NegativeNumbersAreRefusedInPlainWords) {
  EXPECT_THAT(RunFovea({"job", "watch", "j-1", "--from-sequence=-3"}).err,
              HasSubstr("error: --from-sequence: is -3, must be 0 or more\n"));
}

TEST(ProgramTest, UnreachableIsThree) {
  const Finished run = RunFovea({"--server", "127.0.0.1:1", "server", "status"});
  EXPECT_EQ(run.code, 3);
  EXPECT_EQ(run.err,
            "error: cannot reach a server at 127.0.0.1:1 (Connection refused)\n"
            "hint: start fovead, or name the server with --server HOST:PORT or FOVEA_SERVER\n");
}

TEST(ProgramTest, FlagsComeBeforeEnvironmentBeforeFile) {
  FakeServer server;
  const std::string dir = *MakeTempDir("fovea-config");
  const std::string config = dir + "/config.toml";
  std::ofstream(config) << "server = \"" << server.address() << "\"\noutput = \"json\"\n";
  const Finished file = RunFovea({"--config", config, "server", "status"});
  EXPECT_EQ(file.code, 0) << file.err;
  EXPECT_EQ(nlohmann::json::parse(file.out)["version"], "9.9.9");
  EXPECT_EQ(RunFovea({"--config", config, "server", "status"}, "", {"FOVEA_SERVER=127.0.0.1:1"}).code,
            3);
  EXPECT_EQ(RunFovea({"server", "status", "--server", server.address()}, "",
                     {"FOVEA_SERVER=127.0.0.1:1"})
                .code,
            0);
  std::filesystem::remove_all(dir);
}

TEST(ProgramTest, JobCreateFillsTheSpec) {
  FakeServer server;
  const Finished run = RunFovea(
      {"--server", server.address(), "job", "create", "--dataset", "eyes", "--arch", "resnet50",
       "--init", "imagenet@production", "--epochs", "3", "--class-weighting", "given",
       "--class-weights", "1,2.5", "--no-flip-vertical", "--seed", "18446744073709551615",
       "--crop-size", "192", "--scaled-decode", "--spec", "-"},
      R"({"dataset": "datasets/other", "model_id": "m", "recipe": {"batch_size": 4}})");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.out, "jobs/j-1\n");
  const v1::TrainingSpec spec = server.training.last_create().spec();
  EXPECT_EQ(spec.dataset(), "datasets/eyes");
  EXPECT_EQ(spec.model_id(), "m");
  EXPECT_EQ(spec.architecture(), v1::ARCHITECTURE_RESNET50);
  EXPECT_EQ(spec.init(), "models/imagenet/aliases/production");
  EXPECT_EQ(spec.recipe().epochs(), 3);
  EXPECT_EQ(spec.recipe().batch_size(), 4);
  EXPECT_FALSE(spec.recipe().has_head_epochs());
  EXPECT_EQ(spec.recipe().class_weights_size(), 2);
  EXPECT_TRUE(spec.recipe().has_flip_vertical());
  EXPECT_FALSE(spec.recipe().flip_vertical());
  EXPECT_FALSE(spec.recipe().has_flip_horizontal());
  EXPECT_EQ(spec.seed(), 18446744073709551615u);
  EXPECT_EQ(spec.preprocess().crop_size(), 192);
  EXPECT_TRUE(spec.preprocess().scaled_decode());
  EXPECT_FALSE(server.training.last_create().request_id().empty());
}

TEST(ProgramTest, PermissionIsNineAndAllPagesAreListed) {
  FakeServer server;
  const Finished denied =
      RunFovea({"--server", server.address(), "job", "create", "--dataset", "secret"});
  EXPECT_EQ(denied.code, 9);
  EXPECT_EQ(denied.err, "error: the token does not allow training\n");
  const Finished list = RunFovea({"--server", server.address(), "job", "list", "-o", "json"});
  EXPECT_EQ(nlohmann::json::parse(list.out)["jobs"].size(), 2u);
}

class ClassifyProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = *MakeTempDir("fovea-classify");
    std::filesystem::create_directories(dir_ + "/model/deep");
    std::ofstream(dir_ + "/model/a.jpeg") << "0";
    std::ofstream(dir_ + "/model/b.PNG") << "4";
    std::ofstream(dir_ + "/model/deep/c.jpg") << "2";
    std::ofstream(dir_ + "/model/notes.txt") << "1";
    std::ofstream(dir_ + "/bad.jpeg") << "x";
    std::ofstream(dir_ + "/labels.csv") << "image,level\na,0\nb,3\nc,2\n";
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  Finished Classify(std::vector<std::string> more, const std::string& input = "") const {
    std::vector<std::string> args = {"--server", server_.address(), "classify"};
    args.insert(args.end(), more.begin(), more.end());
    return RunFovea(args, input);
  }
  std::string dir_;
  FakeServer server_;
};

TEST_F(ClassifyProgramTest, FolderAsATable) {
  const Finished run = Classify({dir_ + "/model/a.jpeg", dir_ + "/model/deep"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("a.jpeg"));
  EXPECT_THAT(run.out, HasSubstr("    2  grade-2            0.800  ▁▁▇▁▁     yes 0.000"));
}

TEST_F(ClassifyProgramTest, StdinAndBadImagesAsJsonLines) {
  const Finished run = Classify({"-", dir_ + "/bad.jpeg", "-o", "json", "--model", "dr/3"}, "3");
  EXPECT_EQ(run.code, 7);
  const size_t line = run.out.find('\n');
  const auto first = nlohmann::json::parse(run.out.substr(0, line));
  EXPECT_EQ(first["file"], "-");
  EXPECT_EQ(first["response"]["grade"], 3);
  EXPECT_EQ(first["response"]["model_version"], "models/dr/versions/3");
  const auto second = nlohmann::json::parse(run.out.substr(line));
  EXPECT_EQ(second["error"]["message"], "image: neither JPEG nor PNG");
  EXPECT_THAT(run.err, HasSubstr("1 of 2 photographs could not be classified"));
}

TEST_F(ClassifyProgramTest, LabelsGiveAccuracyBesideTheBaseline) {
  const Finished run = Classify({dir_ + "/model", "--labels", dir_ + "/labels.csv"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("accuracy 0.6667 of 3 (majority baseline 0.3333)"));
  EXPECT_THAT(run.out, HasSubstr("TRUE \\ ANSWER  0  1  2  3  4\n"));
  EXPECT_THAT(run.out, HasSubstr("3              0  0  0  0  1\n"));
}

TEST_F(ClassifyProgramTest, UngradablePhotographsAreAnswersWithReasons) {
  std::ofstream(dir_ + "/model/b.PNG") << "u";
  const Finished run = Classify({dir_ + "/model", "--labels", dir_ + "/labels.csv"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("b.PNG"));
  EXPECT_THAT(run.out, HasSubstr("  UNGRADABLE blurred, too_dark: Focus again.\n"));
  EXPECT_THAT(run.err, HasSubstr("1 of 3 photographs ungradable"));
  EXPECT_THAT(run.out, HasSubstr("accuracy 1.0000 of 2"));
  const Finished json = Classify({dir_ + "/model/b.PNG", "-o", "json"});
  const auto answer = nlohmann::json::parse(json.out)["response"];
  EXPECT_EQ(answer["ungradable"], true);
  EXPECT_EQ(answer["grade"], -1);
  EXPECT_EQ(answer["quality"]["findings"][0]["reason"], "blurred");
}

TEST_F(ClassifyProgramTest, GradeAnywayShowsTheGradeAndTheReasons) {
  std::ofstream(dir_ + "/model/b.PNG") << "u";
  const Finished run = Classify({dir_ + "/model/b.PNG", "--grade-anyway"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, Not(HasSubstr("UNGRADABLE")));
  EXPECT_THAT(run.out, HasSubstr("    1  "));
  EXPECT_THAT(run.out, HasSubstr("  blurred, too_dark\n"));
}

TEST_F(ClassifyProgramTest, ExplainWritesAFileForEachGradedPhotograph) {
  std::ofstream(dir_ + "/model/b.PNG") << "u";
  std::ofstream(dir_ + "/model/deep/a.png") << "3";
  const std::string maps = dir_ + "/new/maps";
  const std::vector<std::string> args = {dir_ + "/model", dir_ + "/bad.jpeg", "--explain", maps};
  Finished run = Classify(args);
  EXPECT_EQ(run.code, 7) << run.err;  // For bad.jpeg.
  EXPECT_THAT(run.out, HasSubstr("heat map: " + maps + "/a.png\n"));
  EXPECT_THAT(run.out, HasSubstr("heat map: " + maps + "/a-2.png\n"));
  EXPECT_THAT(run.out, HasSubstr("heat map: " + maps + "/c.png\n"));
  EXPECT_EQ(*ReadFile(maps + "/a.png"), "\211PNG of 0");
  EXPECT_EQ(*ReadFile(maps + "/a-2.png"), "\211PNG of 3");
  const auto files = [&] {
    return std::distance(std::filesystem::directory_iterator(maps), {});
  };
  EXPECT_EQ(files(), 3);

  // Once more, as JSON: the same files, and not the pictures themselves.
  run = Classify({args[0], "--explain", maps, "-o", "json"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(files(), 3);
  const auto first = nlohmann::json::parse(run.out.substr(0, run.out.find('\n')));
  EXPECT_EQ(first["response"]["explanation_file"], maps + "/a.png");
  EXPECT_FALSE(first["response"].contains("explanation"));
}

TEST_F(ClassifyProgramTest, ExplainAmongThePhotographsIsRefused) {
  const Finished run = Classify({dir_ + "/model", "--explain", dir_ + "/model/deep/maps"});
  EXPECT_NE(run.code, 0);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err, HasSubstr("name a folder elsewhere"));
}

TEST_F(ClassifyProgramTest, AHeatMapThatCannotBeWrittenIsSaidAndTheGradeStays) {
  const std::string maps = dir_ + "/maps";
  std::filesystem::create_directories(maps);
  std::filesystem::create_directory_symlink("/dev/null/none", maps + "/a.png");
  Finished run = Classify({dir_ + "/model/a.jpeg", "--explain", maps});
  EXPECT_EQ(run.code, 0) << run.err;  // A link is neither followed nor replaced.
  EXPECT_THAT(run.out, HasSubstr("heat map: " + maps + "/a-2.png\n"));
  std::filesystem::remove_all(maps);
  std::ofstream(maps) << "a file";
  run = Classify({dir_ + "/model/a.jpeg", "--explain", maps});
  EXPECT_EQ(run.out, "");
  EXPECT_NE(run.code, 0);
}

TEST_F(ClassifyProgramTest, EyesOfAPatientAreExplained) {
  v1::ClassifyPatientResponse answer;
  answer.mutable_left()->set_explanation("left map");
  answer.mutable_right()->set_explanation("right map");
  server_.classification.AnswerPatientsWith(answer);
  const std::string maps = dir_ + "/maps";
  const std::vector<std::string> args = {"--left", dir_ + "/model/a.jpeg", "--right",
                                         dir_ + "/model/deep/c.jpg", "--explain", maps};
  Finished run = Classify(args);
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(server_.classification.patient_request().explain());
  EXPECT_THAT(run.out, HasSubstr("heat map: " + maps + "/a.png\n"));
  EXPECT_EQ(*ReadFile(maps + "/c.png"), "right map");
  run = Classify({args[0], args[1], args[2], args[3], args[4], args[5], "-o", "json"});
  const auto line = nlohmann::json::parse(run.out);
  EXPECT_EQ(line["right"]["explanation_file"], maps + "/c.png");
  EXPECT_FALSE(line["left"].contains("explanation"));
}

TEST_F(ClassifyProgramTest, BothEyesAreARowEachAndTheWorseOfThem) {
  v1::ClassifyPatientResponse answer;
  answer.mutable_left()->set_grade_name("Mild");
  answer.mutable_left()->set_grade(1);
  answer.mutable_right()->set_grade_name("Severe");
  answer.mutable_right()->set_grade(3);
  answer.set_grade(3);
  answer.set_grade_name("Severe");
  answer.set_referable(true);
  answer.set_complete(true);
  server_.classification.AnswerPatientsWith(answer);
  const Finished run = Classify({"--left", dir_ + "/model/a.jpeg", "--right", "-", "--model", "dr",
                                 "--grade-anyway"},
                                "right eye");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("EYE    GRADE  NAME"));
  EXPECT_THAT(run.out, HasSubstr("left       1  Mild"));
  EXPECT_THAT(run.out, HasSubstr("right      3  Severe"));
  EXPECT_THAT(run.out,
              HasSubstr("patient: grade 3, Severe, referable (the worse of both eyes)\n"));
  const v1::ClassifyPatientRequest request = server_.classification.patient_request();
  EXPECT_EQ(request.left_image(), "0");
  EXPECT_EQ(request.right_image(), "right eye");
  EXPECT_EQ(request.model(), "models/dr");
  EXPECT_TRUE(request.grade_anyway());
}

TEST_F(ClassifyProgramTest, AnEyeWithAnErrorIsPartlyFailed) {
  v1::ClassifyPatientResponse answer;
  answer.mutable_left_error()->set_message("image: truncated");
  answer.mutable_right()->set_grade(0);
  answer.set_grade_name("No DR");
  server_.classification.AnswerPatientsWith(answer);
  const std::vector<std::string> eyes = {"--left", dir_ + "/bad.jpeg", "--right",
                                         dir_ + "/model/a.jpeg"};
  Finished run = Classify(eyes);
  EXPECT_EQ(run.code, 7);
  EXPECT_THAT(run.out, HasSubstr("left   error: image: truncated\n"));
  EXPECT_THAT(run.out, HasSubstr("grade 0, No DR (of one eye only: the other one may be worse)"));
  run = Classify({eyes[0], eyes[1], eyes[2], eyes[3], "-o", "json"});
  EXPECT_EQ(run.code, 7);
  EXPECT_EQ(nlohmann::json::parse(run.out)["left_error"]["message"], "image: truncated");
}

TEST_F(ClassifyProgramTest, NoGradeOfEitherEyeIsSaid) {
  v1::ClassifyPatientResponse answer;
  answer.mutable_left()->set_ungradable(true);
  answer.mutable_left()->mutable_quality()->add_findings()->set_reason("cut_off");
  answer.set_grade(-1);
  server_.classification.AnswerPatientsWith(answer);
  const Finished run = Classify({"--left", dir_ + "/model/a.jpeg"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("left   UNGRADABLE cut_off"));
  EXPECT_THAT(run.out, HasSubstr("patient: no grade; take other photographs\n"));
  EXPECT_THAT(run.out, Not(HasSubstr("right")));
  EXPECT_EQ(Classify({"--left", "/no/such/file"}).code, 5);
  EXPECT_EQ(Classify({"--left", "-", "--right", "-"}).code, 1);
}

// A folder with the name of a command is still a folder.
TEST_F(ClassifyProgramTest, FolderNamedLikeACommand) {
  std::filesystem::current_path(dir_);
  EXPECT_EQ(Classify({"model"}).code, 0);
}

TEST_F(ClassifyProgramTest, ManyMoreThanInFlightKeepTheirOrder) {
  for (int i = 0; i < 200; ++i) {
    std::ofstream(absl::StrCat(dir_, "/model/deep/n", 1000 + i, ".jpg")) << i % 5;
  }
  const Finished run = Classify({dir_ + "/model/deep", "--in-flight", "3", "-o", "json"});
  ASSERT_EQ(run.code, 0) << run.err;
  std::istringstream lines(run.out);
  int count = -1;  // c.jpg comes first.
  for (std::string line; std::getline(lines, line); ++count) {
    if (count < 0) continue;
    EXPECT_EQ(nlohmann::json::parse(line)["response"]["grade"], count % 5) << line;
  }
  EXPECT_EQ(count, 200);
}

TEST(ModelTest, ImportAndExportAreTheSameBytes) {
  FakeServer server;
  const std::string dir = *MakeTempDir("fovea-model");
  std::string weights(3'000'000, 'w');
  weights[1'500'000] = 'x';
  std::ofstream(dir + "/in") << weights;
  const std::vector<std::string> at = {"--server", server.address(), "model"};
  const auto run = [&](std::vector<std::string> more) {
    more.insert(more.begin(), at.begin(), at.end());
    return RunFovea(more);
  };
  EXPECT_EQ(run({"import", dir + "/in", "--model-id", "m"}).out, "models/m/versions/1\n");
  EXPECT_EQ(run({"export", "m/1", "-o", dir + "/out"}).code, 0);
  EXPECT_EQ(*ReadFile(dir + "/out"), weights);
  EXPECT_EQ(run({"export", "m/1", "-o", "-"}).out, weights);
  // A torn export leaves neither a file nor a part of one.
  const Finished broken = run({"export", "broken", "-o", dir + "/broken"});
  EXPECT_EQ(broken.code, 1);
  EXPECT_EQ(broken.err, "error: weights: torn\n");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir), {}), 2);
  EXPECT_EQ(run({"list"}).out,
            "NAME       VERSIONS  LATEST  ALIASES\nmodels/dr         2       3  production=3\n");
  EXPECT_EQ(run({"alias", "m", "production"}).code, 2);
  std::filesystem::remove_all(dir);
}

// The files in the repository are what the program prints now.
TEST(CompletionTest, FilesAreUpToDate) {
  const std::vector<std::pair<std::string, std::string>> shells = {
      {"bash", "fovea.bash"}, {"zsh", "_fovea"}, {"fish", "fovea.fish"}};
  for (const auto& [shell, file] : shells) {
    EXPECT_EQ(RunFovea({"completion", shell}).out,
              *ReadFile(absl::StrCat(FOVEA_SOURCE_DIR "/client/completions/", file)))
        << "run: fovea completion " << shell << " > client/completions/" << file;
  }
}

// Every option that --help of a command names is completed there, in all three shells.
TEST(CompletionTest, EveryOptionOfHelpIsCompleted) {
  Session session;
  const std::vector<CompletionNode> tree = CompletionTree(*MakeApp(&session));
  EXPECT_GT(tree.size(), 20u);
  for (const CompletionNode& node : tree) {
    std::vector<std::string> args = absl::StrSplit(node.path, ' ');
    args.erase(args.begin());
    args.push_back("--help");
    const Finished help = RunFovea(args);
    EXPECT_EQ(help.code, 0) << node.path;
    const char* examples = node.commands.empty() ? "Examples:\n" : "";
    EXPECT_THAT(help.out, HasSubstr(examples)) << node.path;
    for (const CompletionNode::Word& word : node.commands) {
      EXPECT_THAT(help.out, HasSubstr("  " + word.text + " ")) << node.path;
    }
    std::set<std::string> completed;
    for (const CompletionNode::Word& word : node.options) completed.insert(word.text);
    std::istringstream lines(help.out);
    for (std::string line; std::getline(lines, line);) {
      const size_t dash = line.find("--");
      if (line.substr(0, 3) != "  -" || dash == std::string::npos) continue;
      const std::string flag = line.substr(dash, line.find_first_of(" ,{", dash) - dash);
      EXPECT_EQ(completed.count(flag), 1u) << node.path << " " << flag;
    }
  }
}

}  // namespace
}  // namespace fovea::client
