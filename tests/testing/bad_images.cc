#include "tests/testing/bad_images.h"

#include <cstdlib>
#include <iostream>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/base/file.h"

namespace fovea {
namespace {

const char kFolder[] = FOVEA_SOURCE_DIR "/tests/data/bad-images";

std::string ReadOrDie(const std::string& path) {
  absl::StatusOr<std::string> content = ReadFile(path);
  if (!content.ok()) {
    std::cerr << path << ": " << content.status() << "\n";
    std::abort();
  }
  return *std::move(content);
}

// The fields of one line; those in quotes may hold commas and doubled quotes.
std::vector<std::string> SplitCsv(absl::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c != '\r') {
      fields.back().push_back(c);
    }
  }
  return fields;
}

double Number(const std::string& text) {
  double value = 0;
  if (!absl::SimpleAtod(text, &value)) value = 0;
  return value;
}

BadImage FromRow(std::map<std::string, std::string> row) {
  BadImage image;
  image.file = row["file"];
  image.expectation = row["expectation"];
  for (const std::string& column : {row["reason"], row["also"]}) {
    for (absl::string_view name : absl::StrSplit(column, '|', absl::SkipEmpty())) {
      image.refusals.emplace_back(name);
    }
  }
  image.width = static_cast<int>(Number(row["width"]));
  image.height = static_cast<int>(Number(row["height"]));
  image.means = {Number(row["mean_r"]), Number(row["mean_g"]), Number(row["mean_b"])};
  image.tolerance = Number(row["tol"]);
  image.rgb_sha256 = row["rgb_sha256"];
  return image;
}

}  // namespace

std::vector<BadImage> ReadBadImages() {
  const std::string text = ReadOrDie(std::string(kFolder) + "/manifest.csv");
  const std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
  const std::vector<std::string> names = SplitCsv(lines.at(0));
  std::vector<BadImage> images;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> fields = SplitCsv(lines[i]);
    std::map<std::string, std::string> row;
    for (size_t k = 0; k < names.size(); ++k) row[names[k]] = fields.at(k);
    images.push_back(FromRow(std::move(row)));
  }
  return images;
}

std::string ReadBadImage(const std::string& file) {
  return ReadOrDie(std::string(kFolder) + "/files/" + file);
}

}  // namespace fovea
