#include "server/model/json_reader.h"

#include <cmath>
#include <utility>

#include "absl/strings/escaping.h"
#include "common/base/status.h"

namespace fovea {
namespace {

using Json = nlohmann::json;

const Json& EmptyObject() {
  static const Json* const empty = new Json(Json::object());
  return *empty;
}

const Json& EmptyArray() {
  static const Json* const empty = new Json(Json::array());
  return *empty;
}

// Whether an int64 holds the number.
bool IsInt64(const Json& value) {
  if (!value.is_number_integer()) return false;
  return !value.is_number_unsigned() ||
         value.get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
}

}  // namespace

absl::StatusOr<Json> ParseJsonObject(const std::string& what, const std::string& text) {
  std::vector<std::set<std::string>> keys;  // Of the objects that are open.
  std::string twice;
  const Json::parser_callback_t watch = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key) {
      const std::string& key = parsed.get_ref<const std::string&>();
      if (!keys.back().insert(key).second && twice.empty()) twice = key.substr(0, 80);
    }
    return true;
  };
  Json root = Json::parse(text, watch, /*allow_exceptions=*/false);
  // The parser takes a NUL for the end of the text.
  const bool has_nul = text.find('\0') != std::string::npos;
  if (has_nul || root.is_discarded() || !root.is_object()) {
    return FieldError(what, "is not a JSON object");
  }
  if (!twice.empty()) {
    return FieldError(what, absl::StrCat("has \"", absl::CHexEscape(twice), "\" twice"));
  }
  return root;
}

JsonReader::JsonReader(const Json& object, std::string path)
    : object_(object), path_(std::move(path)) {}

const Json* JsonReader::Find(const std::string& field) {
  read_.insert(field);
  const auto found = object_.find(field);
  if (found != object_.end()) return &*found;
  Fail(field, "is missing");
  return nullptr;
}

void JsonReader::Fail(const std::string& field, absl::string_view problem) {
  if (status_.ok()) status_ = FieldError(absl::StrCat(path_, ".", field), problem);
}

std::string JsonReader::String(const std::string& field) {
  const Json* value = Find(field);
  if (value == nullptr) return "";
  if (value->is_string()) return value->get<std::string>();
  Fail(field, "must be a string");
  return "";
}

bool JsonReader::Bool(const std::string& field) {
  const Json* value = Find(field);
  if (value == nullptr) return false;
  if (value->is_boolean()) return value->get<bool>();
  Fail(field, "must be true or false");
  return false;
}

int64_t JsonReader::Int(const std::string& field, int64_t min, int64_t max) {
  const Json* value = Find(field);
  if (value == nullptr) return 0;
  if (IsInt64(*value)) {
    const int64_t number = value->get<int64_t>();
    if (number >= min && number <= max) return number;
  }
  Fail(field, absl::StrCat("must be a whole number from ", min, " to ", max));
  return 0;
}

uint64_t JsonReader::Uint(const std::string& field) {
  const Json* value = Find(field);
  if (value == nullptr) return 0;
  if (value->is_number_unsigned()) return value->get<uint64_t>();
  Fail(field, "must be a whole number from 0");
  return 0;
}

double JsonReader::Double(const std::string& field) {
  const Json* value = Find(field);
  if (value == nullptr) return 0;
  if (value->is_null()) return std::nan("");
  if (value->is_number()) return value->get<double>();
  Fail(field, "must be a number or null");
  return 0;
}

std::vector<std::string> JsonReader::Strings(const std::string& field) {
  std::vector<std::string> strings;
  const Json* value = Find(field);
  if (value == nullptr) return strings;
  if (!value->is_array()) {
    Fail(field, "must be an array of strings");
    return strings;
  }
  for (const Json& item : *value) {
    if (item.is_string()) {
      strings.push_back(item.get<std::string>());
    } else {
      Fail(field, "must be an array of strings");
    }
  }
  return strings;
}

std::vector<int64_t> JsonReader::Ints(const std::string& field, int64_t min) {
  std::vector<int64_t> numbers;
  const Json* value = Find(field);
  if (value == nullptr) return numbers;
  const std::string problem = absl::StrCat("must be an array of whole numbers from ", min);
  if (!value->is_array()) {
    Fail(field, problem);
    return numbers;
  }
  for (const Json& item : *value) {
    if (IsInt64(item) && item.get<int64_t>() >= min) {
      numbers.push_back(item.get<int64_t>());
    } else {
      Fail(field, problem);
    }
  }
  return numbers;
}

std::vector<double> JsonReader::Doubles(const std::string& field) {
  std::vector<double> numbers;
  const Json* value = Find(field);
  if (value == nullptr) return numbers;
  if (!value->is_array()) {
    Fail(field, "must be an array of numbers");
    return numbers;
  }
  for (const Json& item : *value) {
    if (item.is_number()) {
      numbers.push_back(item.get<double>());
    } else {
      Fail(field, "must be an array of numbers");
    }
  }
  return numbers;
}

const Json& JsonReader::Object(const std::string& field) {
  const Json* value = Find(field);
  if (value != nullptr && value->is_object()) return *value;
  if (value != nullptr) Fail(field, "must be an object");
  return EmptyObject();
}

const Json& JsonReader::Array(const std::string& field) {
  const Json* value = Find(field);
  if (value != nullptr && value->is_array()) return *value;
  if (value != nullptr) Fail(field, "must be a list");
  return EmptyArray();
}

bool JsonReader::IsNull(const std::string& field) {
  const Json* value = Find(field);
  return value != nullptr && value->is_null();
}

absl::Status JsonReader::Finish() const {
  FOVEA_RETURN_IF_ERROR(status_);
  for (const auto& [field, value] : object_.items()) {
    if (!read_.contains(field)) {
      return FieldError(absl::StrCat(path_, ".", absl::CHexEscape(field.substr(0, 80))),
                        "is not a known field");
    }
  }
  return absl::OkStatus();
}

}  // namespace fovea
