// Reads the fields of a JSON object strictly: each of the right type and range, none left over.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace fovea {

// Parses text without exceptions; INVALID_ARGUMENT "what: ..." for anything but one JSON object,
// and for a field that is given twice.
absl::StatusOr<nlohmann::json> ParseJsonObject(const std::string& what, const std::string& text);

// What JsonReader::Double reads back: NaN and infinities, which JSON has not, as null.
inline nlohmann::ordered_json NumberOrNull(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

// Reads fields one after the other and keeps the first error; values read after or with an error
// are the type's default. Borrows the object. Not thread-safe.
class JsonReader {
 public:
  // `path`: before the fields in messages, for instance "manifest.provenance".
  JsonReader(const nlohmann::json& object, std::string path);

  std::string String(const std::string& field);
  bool Bool(const std::string& field);
  int64_t Int(const std::string& field, int64_t min = std::numeric_limits<int64_t>::min(),
              int64_t max = std::numeric_limits<int64_t>::max());
  uint64_t Uint(const std::string& field);
  double Double(const std::string& field);  // Null is NaN.
  std::vector<std::string> Strings(const std::string& field);
  std::vector<int64_t> Ints(const std::string& field, int64_t min);
  std::vector<double> Doubles(const std::string& field);
  // A reader's object: an empty one when there is none of that name.
  const nlohmann::json& Object(const std::string& field);
  // As Object.
  const nlohmann::json& Array(const std::string& field);
  bool Has(const std::string& field) const { return object_.contains(field); }
  bool IsNull(const std::string& field);  // Also marks it as read.

  // Adds an error from outside.
  void Fail(const std::string& field, absl::string_view problem);

  // The first error, or one for fields that nobody read.
  absl::Status Finish() const;

 private:
  const nlohmann::json* Find(const std::string& field);

  const nlohmann::json& object_;
  const std::string path_;
  std::set<std::string> read_;
  absl::Status status_;
};

}  // namespace fovea
