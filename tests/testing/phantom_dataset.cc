#include "tests/testing/phantom_dataset.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/file.h"
#include "common/base/random_stream.h"
#include "common/base/status.h"
#include "tests/testing/phantom.h"

namespace fovea {
namespace {

constexpr char kNotice[] =
    "SYNTHETIC\n\n"
    "Every picture in this folder was painted by a program (fovea-phantom). None shows a person's\n"
    "eye, and no figure measured on them says anything about patients.\n";

// Of 20 patients in a row. Those in the test part, every fifth, go round by themselves.
constexpr int kGrades[20] = {1, 0, 2, 0, 0, 3, 0, 4, 0, 1, 0, 1, 0, 3, 2, 0, 2, 0, 4, 3};

class DatasetWriter {
 public:
  explicit DatasetWriter(const PhantomDatasetOptions& options) : options_(options) {}

  absl::Status Write() {
    FOVEA_RETURN_IF_ERROR(WriteText("SYNTHETIC.txt", kNotice));
    const int total = options_.patients + options_.held_back_patients;
    for (int patient = 0; patient < total; ++patient) {
      for (const bool left : {true, false}) {
        FOVEA_RETURN_IF_ERROR(WritePhoto(patient, GradeOf(patient, left), left));
      }
    }
    if (options_.held_back_patients > 0) lists_["held-back/labels.csv"].insert(0, "image,level\n");
    for (const auto& [name, text] : lists_) FOVEA_RETURN_IF_ERROR(WriteText(name, text));
    return absl::OkStatus();
  }

 private:
  bool IsHeldBack(int patient) const { return patient >= options_.patients; }

  int GradeOf(int patient, bool left) const {
    int grade = kGrades[patient % 20];
    if (patient % 5 == 4) grade = patient / 5 % 5;
    if (IsHeldBack(patient)) grade = (patient - options_.patients) * 2 % 5;
    RandomStream random({options_.seed, static_cast<uint64_t>(patient), left});
    if (!left && random.Below(8) == 0) grade += grade < 4 ? 1 : -1;
    return grade;
  }

  absl::Status WritePhoto(int patient, int grade, bool left) {
    const uint64_t id = RandomStream({options_.seed, static_cast<uint64_t>(patient)}).Next();
    const Image image = PaintPhantom({id, grade, left, options_.size, options_.size});
    const std::string stem =
        absl::StrFormat("p%04d_%s", patient + 1, left ? "left" : "right");
    return WriteText(Register(patient, stem, grade), EncodeJpeg(image));
  }

  // Enters the photograph in its list; gives its path.
  std::string Register(int patient, const std::string& stem, int grade) {
    const std::string file = stem + ".jpeg";
    if (IsHeldBack(patient)) {
      absl::StrAppend(&lists_["held-back/labels.csv"], file, ",", grade, "\n");
      return absl::StrCat("held-back/", file);
    }
    const std::string part = patient % 5 == 4 ? "test" : "train";
    if (options_.layout == "folders") return absl::StrCat(part, "/", grade, "/", file);
    absl::StrAppend(&lists_[part + "_img.csv"], stem, "\n");
    absl::StrAppend(&lists_[part + "_label.csv"], grade, "\n");
    return absl::StrCat("images/", file);
  }

  absl::Status WriteText(const std::string& name, absl::string_view content) {
    const std::string path = JoinPath(options_.dir, name);
    FOVEA_RETURN_IF_ERROR(MakeDirs(path.substr(0, path.rfind('/'))));
    return WriteFileAtomic(path, content);
  }

  const PhantomDatasetOptions& options_;
  std::map<std::string, std::string> lists_;  // Content by file name.
};

}  // namespace

absl::Status WritePhantomDataset(const PhantomDatasetOptions& options) {
  if (options.layout != "lab" && options.layout != "folders") {
    return FieldError("layout", "allowed are lab and folders");
  }
  if (options.patients < 10 || options.held_back_patients < 0) {
    return FieldError("patients", "needed are at least 10, so that both parts have photographs");
  }
  if (options.size < 16 || options.size > 8192) {
    return FieldError("size", "allowed are 16 to 8192 pixels");
  }
  return DatasetWriter(options).Write();
}

}  // namespace fovea
