#include "client/commands/job_spec.h"

#include <google/protobuf/util/json_util.h>

#include <iostream>
#include <iterator>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/command.h"
#include "client/model/precision.h"
#include "client/short_names.h"
#include "common/base/file.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

constexpr int64_t kMaxSpecBytes = 1 << 20;

absl::StatusOr<std::string> ReadSpec(const std::string& file) {
  if (file != "-") return ReadFile(file, kMaxSpecBytes);
  return std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
}

v1::ClassWeighting WeightingOf(const std::string& name) {
  if (name == "none") return v1::CLASS_WEIGHTING_NONE;
  if (name == "inverse-frequency") return v1::CLASS_WEIGHTING_INVERSE_FREQUENCY;
  if (name == "given") return v1::CLASS_WEIGHTING_GIVEN;
  return v1::CLASS_WEIGHTING_LAB;
}

// Numbers with commas between them.
CLI::Validator NumberList() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        for (const std::string& part : SplitList(text)) {
          double number = 0;
          if (!absl::SimpleAtod(part, &number)) {
            return absl::StrCat("'", part, "' is not a number; give numbers like 1,3.5,3.2");
          }
        }
        return "";
      },
      "");
}

std::vector<double> Numbers(const std::string& text) {
  std::vector<double> numbers;
  for (const std::string& part : SplitList(text)) {
    double number = 0;
    if (absl::SimpleAtod(part, &number)) numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

template <typename T, typename Set>
CLI::Option* JobSpecFlags::Field(CLI::App* command, const std::string& flag,
                                 const std::string& type, const std::string& help, Set set) {
  return command
      ->add_option_function<T>(
          flag,
          [this, set](const T& value) {
            changes_.push_back([set, value](v1::TrainingSpec* spec) { set(spec, value); });
          },
          help)
      ->type_name(type);
}

template <typename Set>
CLI::Option* JobSpecFlags::Toggle(CLI::App* command, const std::string& flag,
                                  const std::string& help, Set set) {
  return command->add_flag_function(
      absl::StrCat("--", flag, ",!--no-", flag),
      [this, set](int64_t count) {
        const bool on = count > 0;
        changes_.push_back([set, on](v1::TrainingSpec* spec) { set(spec, on); });
      },
      help);
}

void JobSpecFlags::AddSpecFlags(CLI::App* command) {
  using Spec = v1::TrainingSpec;
  Field<std::string>(command, "--dataset", "NAME", "Data set to train with (required)",
                     [](Spec* s, const std::string& v) { s->set_dataset(FullDatasetName(v)); });
  Field<std::string>(command, "--arch", "", "Network (default resnet18)",
                     [](Spec* s, const std::string& v) {
                       s->set_architecture(v == "resnet50" ? v1::ARCHITECTURE_RESNET50
                                                           : v1::ARCHITECTURE_RESNET18);
                     })
      ->check(CLI::IsMember({"resnet18", "resnet50"}));
  Field<std::string>(command, "--init", "random|MODEL",
                     "Weights to begin with (default random): MODEL, MODEL/VERSION, MODEL@ALIAS",
                     [](Spec* s, const std::string& v) {
                       s->set_init(v == "random" ? v : FullModelName(v));
                     });
  Field<std::string>(command, "--model-id", "ID",
                     "Model that gets the new version (default dr-resnet18 or dr-resnet50)",
                     [](Spec* s, const std::string& v) { s->set_model_id(v); });
  Field<uint64_t>(command, "--seed", "N", "Seed of everything random (default 0)",
                  [](Spec* s, uint64_t v) { s->set_seed(v); })
      ->check(NotNegative());
  Field<int32_t>(command, "--threads", "N", "Threads of the trainer (default: the server's cores)",
                 [](Spec* s, int32_t v) { s->set_threads(v); });
  Field<std::string>(command, "--device", "auto|cpu|cuda:N", "Device (default auto)",
                     [](Spec* s, const std::string& v) { s->set_device(v); });
  Field<std::string>(
      command, "--precision", "", "Numbers in which the version serves (default auto)",
      [](Spec* s, const std::string& v) { s->set_inference_precision(PrecisionNamed(v)); })
      ->check(CLI::IsMember({"auto", "fp32", "bf16", "int8"}));
  Field<int32_t>(command, "--max-attempts", "N",
                 "Attempts in all when trainers are lost (default 3)",
                 [](Spec* s, int32_t v) { s->set_max_attempts(v); });
  Field<double>(command, "--max-bad-image-share", "SHARE",
                "Share of photographs that may be corrupt or missing (default 0.01)",
                [](Spec* s, double v) { s->set_max_bad_image_share(v); });
}

void JobSpecFlags::AddLoopFlags(CLI::App* command) {
  using Spec = v1::TrainingSpec;
  const auto recipe = [](Spec* spec) { return spec->mutable_recipe(); };
  const std::vector<CLI::Option*> options = {
      Field<std::string>(command, "--recipe", "", "Set of defaults (default lab)",
                         [=](Spec* s, const std::string& v) { recipe(s)->set_name(v); })
          ->check(CLI::IsMember({"lab", "pretrain", "modern"})),
      Field<int32_t>(command, "--epochs", "N",
                     "Epochs in all, both phases (default 20; pretrain 30, modern 10)",
                     [=](Spec* s, int32_t v) { recipe(s)->set_epochs(v); }),
      Field<int32_t>(
          command, "--head-epochs", "N",
          "Epochs that train only the last layer, first (default 5; pretrain 0, modern 3)",
          [=](Spec* s, int32_t v) { recipe(s)->set_head_epochs(v); }),
      Field<int32_t>(command, "--batch-size", "N",
                     "Photographs per step (default 16; pretrain 64)",
                     [=](Spec* s, int32_t v) { recipe(s)->set_batch_size(v); }),
      Field<std::string>(
          command, "--class-weighting", "",
          "How classes weigh in the loss (default lab; pretrain none)",
          [=](Spec* s, const std::string& v) { recipe(s)->set_class_weighting(WeightingOf(v)); })
          ->check(CLI::IsMember({"lab", "none", "inverse-frequency", "given"})),
      Field<std::string>(command, "--class-weights", "W0,W1,...",
                         "Weights of the classes, with --class-weighting given",
                         [=](Spec* s, const std::string& v) {
                           recipe(s)->clear_class_weights();
                           for (const double weight : Numbers(v)) {
                             recipe(s)->add_class_weights(weight);
                           }
                         })
          ->check(NumberList()),
      Field<std::string>(
          command, "--sampling", "",
          "Every photograph once an epoch, or every class as often (default shuffled)",
          [=](Spec* s, const std::string& v) {
            recipe(s)->set_sampling(v == "shuffled" ? v1::SAMPLING_SHUFFLED
                                                    : v1::SAMPLING_CLASS_BALANCED);
          })
          ->check(CLI::IsMember({"shuffled", "class-balanced"})),
      Toggle(command, "head-batch-norm-moves",
             "Batch-norm statistics move in the first phase (default yes)",
             [=](Spec* s, bool on) { recipe(s)->set_head_batch_norm_moves(on); })};
  for (CLI::Option* option : options) option->group("Recipe");
}

void JobSpecFlags::AddSelectionFlags(CLI::App* command) {
  using Spec = v1::TrainingSpec;
  const auto recipe = [](Spec* spec) { return spec->mutable_recipe(); };
  const std::vector<CLI::Option*> options = {
      Field<double>(command, "--validation-share", "SHARE",
                    "Patients of the train part to calibrate on and not train with, 0 for none "
                    "(default 0.1; pretrain 0)",
                    [=](Spec* s, double v) { recipe(s)->set_validation_share(v); }),
      Field<std::string>(command, "--best-epoch", "",
                         "Keep the epoch that is highest in this, or the last (default "
                         "test-accuracy; modern last)",
                         [=](Spec* s, const std::string& v) {
                           recipe(s)->set_best_epoch(v == "last" ? v1::BEST_EPOCH_LAST
                                                     : v == "validation-kappa"
                                                         ? v1::BEST_EPOCH_VALIDATION_KAPPA
                                                         : v1::BEST_EPOCH_TEST_ACCURACY);
                         })
          ->check(CLI::IsMember({"test-accuracy", "validation-kappa", "last"})),
      Field<int32_t>(command, "--early-stopping-patience", "N",
                     "Stop when so many epochs bring no higher validation kappa, 0 for never "
                     "(default 0)",
                     [=](Spec* s, int32_t v) { recipe(s)->set_early_stopping_patience(v); }),
      Field<std::string>(command, "--target", "",
                         "Learn the class alone, or how far off an answer is too (default classes; "
                         "modern ordinal)",
                         [=](Spec* s, const std::string& v) {
                           recipe(s)->set_target(v == "classes" ? v1::TARGET_CLASSES
                                                                : v1::TARGET_ORDINAL);
                         })
          ->check(CLI::IsMember({"classes", "ordinal"})),
      Field<std::string>(command, "--training-precision", "",
                         "Compute in float32, or much in bfloat16: faster where the device is made "
                         "for it (default float32; pretrain, modern mixed)",
                         [=](Spec* s, const std::string& v) {
                           recipe(s)->set_precision(v == "float32" ? v1::TRAINING_PRECISION_FLOAT32
                                                                   : v1::TRAINING_PRECISION_MIXED);
                         })
          ->check(CLI::IsMember({"float32", "mixed"}))};
  for (CLI::Option* option : options) option->group("Recipe");
}

void JobSpecFlags::AddOptimiserFlags(CLI::App* command) {
  using Spec = v1::TrainingSpec;
  const auto recipe = [](Spec* spec) { return spec->mutable_recipe(); };
  const std::vector<CLI::Option*> options = {
      Field<double>(command, "--learning-rate", "RATE",
                    "Learning rate of SGD (default 0.001; pretrain 0.05, modern 0.002)",
                    [=](Spec* s, double v) { recipe(s)->set_learning_rate(v); }),
      Field<std::string>(command, "--learning-rate-schedule", "",
                         "Over the steps of a phase (default constant; pretrain, modern cosine)",
                         [=](Spec* s, const std::string& v) {
                           recipe(s)->set_learning_rate_schedule(
                               v == "constant" ? v1::LEARNING_RATE_SCHEDULE_CONSTANT
                                               : v1::LEARNING_RATE_SCHEDULE_COSINE);
                         })
          ->check(CLI::IsMember({"constant", "cosine"})),
      Field<double>(command, "--warmup-epochs", "N",
                    "Epochs of rising learning rate (default 0; pretrain 1, modern 0.5)",
                    [=](Spec* s, double v) { recipe(s)->set_warmup_epochs(v); }),
      Field<double>(command, "--backbone-learning-rate-scale", "SHARE",
                    "Rate of all but the last layer, as a share (default 1)",
                    [=](Spec* s, double v) { recipe(s)->set_backbone_learning_rate_scale(v); }),
      Field<double>(command, "--momentum", "M", "Momentum of SGD (default 0.9)",
                    [=](Spec* s, double v) { recipe(s)->set_momentum(v); }),
      Field<double>(command, "--weight-decay", "D", "Weight decay of SGD (default 0.0005)",
                    [=](Spec* s, double v) { recipe(s)->set_weight_decay(v); }),
      Field<double>(command, "--label-smoothing", "SHARE",
                    "Share of a label for all classes (default 0; pretrain 0.1, modern 0.05)",
                    [=](Spec* s, double v) { recipe(s)->set_label_smoothing(v); }),
      Field<double>(command, "--ema-decay", "D",
                    "Average the weights over steps, 0 for not (default 0; modern 0.99)",
                    [=](Spec* s, double v) { recipe(s)->set_ema_decay(v); }),
      Field<int32_t>(command, "--test-time-views", "1|2|4",
                     "Mirrored views whose outputs are averaged in tests and answers (default 1)",
                     [=](Spec* s, int32_t v) { recipe(s)->set_test_time_views(v); })};
  for (CLI::Option* option : options) option->group("Recipe");
}

void JobSpecFlags::AddAugmentationFlags(CLI::App* command) {
  using Spec = v1::TrainingSpec;
  const auto recipe = [](Spec* spec) { return spec->mutable_recipe(); };
  const std::vector<CLI::Option*> options = {
      Toggle(command, "flip-horizontal", "Mirror left and right in training (default yes)",
             [=](Spec* s, bool on) { recipe(s)->set_flip_horizontal(on); }),
      Toggle(command, "flip-vertical",
             "Mirror top and bottom in training (default yes; pretrain no)",
             [=](Spec* s, bool on) { recipe(s)->set_flip_vertical(on); }),
      Toggle(command, "random-crop", "Crop at a random place in training (default yes)",
             [=](Spec* s, bool on) { recipe(s)->set_random_crop(on); }),
      Field<double>(command, "--random-resized-crop-min-area", "SHARE",
                    "Crop windows of random size, at least this share of the photograph, 0 for "
                    "not (default 0; pretrain 0.25)",
                    [=](Spec* s, double v) { recipe(s)->set_random_resized_crop_min_area(v); }),
      Field<double>(command, "--rotation-degrees", "ANGLE",
                    "Turn by up to this, either way (default 0; modern 180)",
                    [=](Spec* s, double v) { recipe(s)->set_rotation_degrees(v); }),
      Field<double>(command, "--scale-jitter", "J",
                    "Scale by 1-J to 1+J (default 0; modern 0.1)",
                    [=](Spec* s, double v) { recipe(s)->set_scale_jitter(v); }),
      Field<double>(command, "--brightness-jitter", "J",
                    "Brighten by 1-J to 1+J (default 0; modern 0.2)",
                    [=](Spec* s, double v) { recipe(s)->set_brightness_jitter(v); }),
      Field<double>(command, "--contrast-jitter", "J",
                    "Change contrast by 1-J to 1+J (default 0; modern 0.2)",
                    [=](Spec* s, double v) { recipe(s)->set_contrast_jitter(v); }),
      Field<double>(command, "--saturation-jitter", "J",
                    "Change saturation by 1-J to 1+J (default 0; modern 0.2)",
                    [=](Spec* s, double v) { recipe(s)->set_saturation_jitter(v); })};
  for (CLI::Option* option : options) option->group("Augmentation");
}

void JobSpecFlags::AddPreprocessFlags(CLI::App* command) {
  using Spec = v1::TrainingSpec;
  const auto preprocess = [](Spec* spec) { return spec->mutable_preprocess(); };
  const std::vector<CLI::Option*> options = {
      Field<int32_t>(command, "--resize-short-side", "PIXELS",
                     "Short side after the resize (default 256)",
                     [=](Spec* s, int32_t v) { preprocess(s)->set_resize_short_side(v); }),
      Field<int32_t>(command, "--crop-size", "PIXELS",
                     "Side of the square that the network sees (default 224)",
                     [=](Spec* s, int32_t v) { preprocess(s)->set_crop_size(v); }),
      Field<std::string>(command, "--mean", "R,G,B",
                         "Mean of each channel, 0..1 (default ImageNet's)",
                         [=](Spec* s, const std::string& v) {
                           preprocess(s)->clear_mean();
                           for (const double mean : Numbers(v)) {
                             preprocess(s)->add_mean(static_cast<float>(mean));
                           }
                         })
          ->check(NumberList()),
      Field<std::string>(command, "--std", "R,G,B",
                         "Standard deviation of each channel (default ImageNet's)",
                         [=](Spec* s, const std::string& v) {
                           preprocess(s)->clear_std();
                           for (const double deviation : Numbers(v)) {
                             preprocess(s)->add_std(static_cast<float>(deviation));
                           }
                         })
          ->check(NumberList()),
      Toggle(command, "apply-exif-orientation", "Turn photographs as their EXIF says (default no)",
             [=](Spec* s, bool on) { preprocess(s)->set_apply_exif_orientation(on); }),
      Toggle(command, "crop-to-fundus",
             "Cut photographs to the fundus circle before the resize (default no; modern yes)",
             [=](Spec* s, bool on) { preprocess(s)->set_crop_to_fundus(on); }),
      Toggle(command, "subtract-local-average",
             "Even out lighting and colour by the local average (default no; modern yes)",
             [=](Spec* s, bool on) { preprocess(s)->set_subtract_local_average(on); }),
      Toggle(command, "scaled-decode",
             "Decode large JPEGs at 1/2, 1/4 or 1/8 of their size, faster (default no)",
             [=](Spec* s, bool on) { preprocess(s)->set_scaled_decode(on); })};
  for (CLI::Option* option : options) option->group("Preprocessing");
}

void JobSpecFlags::AddTo(CLI::App* command) {
  command
      ->add_option("--spec", spec_file_,
                   "TrainingSpec as JSON, `-` for stdin; other flags change it")
      ->type_name("FILE");
  AddSpecFlags(command);
  AddLoopFlags(command);
  AddSelectionFlags(command);
  AddOptimiserFlags(command);
  AddAugmentationFlags(command);
  AddPreprocessFlags(command);
}

absl::StatusOr<v1::TrainingSpec> JobSpecFlags::Build() const {
  v1::TrainingSpec spec;
  if (!spec_file_.empty()) {
    FOVEA_ASSIGN_OR_RETURN(const std::string json, ReadSpec(spec_file_));
    const auto status = google::protobuf::util::JsonStringToMessage(json, &spec);
    if (!status.ok()) {
      const auto reason = status.message();
      return absl::InvalidArgumentError(absl::StrCat(
          "--spec ", spec_file_, ": ", absl::string_view(reason.data(), reason.size())));
    }
  }
  for (const auto& change : changes_) change(&spec);
  return spec;
}

}  // namespace fovea::client
