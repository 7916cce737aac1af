#include "server/model/safetensors_header.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace fovea::safetensors_internal {
namespace {

using Json = nlohmann::json;

constexpr DType kAllDTypes[] = {DType::kBool, DType::kU8,  DType::kI8,  DType::kU16, DType::kI16,
                                DType::kF16,  DType::kBF16, DType::kU32, DType::kI32, DType::kF32,
                                DType::kU64,  DType::kI64, DType::kF64};

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, 120)), "\"");
}

// Walks the header's three levels and refuses whatever has no place there at once, so that neither
// deep nesting nor a huge value is ever stored. Returning false stops the parser.
class HeaderReader : public nlohmann::json_sax<Json> {
 public:
  const std::string& error() const { return error_; }
  Header TakeHeader() { return std::move(header_); }

  bool start_object(std::size_t) override {
    switch (place_) {
      case Place::kStart: return Go(Place::kTop);
      case Place::kTensorValue: return StartTensor();
      case Place::kMetadataValue: return Go(Place::kMetadata);
      default: return Misplaced("an object");
    }
  }

  bool end_object() override {
    if (place_ == Place::kTensor) return EndTensor();
    return Go(place_ == Place::kMetadata ? Place::kTop : Place::kEnd);
  }

  bool key(string_t& name) override {
    switch (place_) {
      case Place::kTop: return TopKey(name);
      case Place::kMetadata: return MetadataKey(name);
      default: return TensorKey(name);
    }
  }

  bool string(string_t& value) override {
    if (place_ == Place::kMetadataText) {
      header_.metadata[key_] = std::move(value);
      return Go(Place::kMetadata);
    }
    if (place_ != Place::kDType) return Misplaced("a string");
    const auto* found = std::find_if(std::begin(kAllDTypes), std::end(kAllDTypes),
                                     [&](DType d) { return value == DTypeName(d); });
    if (found == std::end(kAllDTypes)) {
      return Fail(absl::StrCat("tensor ", Quoted(name_), " has the unknown dtype ", Quoted(value)));
    }
    entry_.spec.dtype = *found;
    has_dtype_ = true;
    return Go(Place::kTensor);
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::kShape) return Go(Place::kShapeItems);
    if (place_ == Place::kOffsets) return Go(Place::kOffsetItems);
    return Misplaced("an array");
  }

  bool end_array() override {
    (place_ == Place::kShapeItems ? has_shape_ : has_offsets_) = true;
    return Go(Place::kTensor);
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ == Place::kShapeItems) {
      if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) ||
          entry_.spec.shape.size() >= SafetensorsView::kMaxDims) {
        return Fail(absl::StrCat("tensor ", Quoted(name_), " has too large a shape"));
      }
      entry_.spec.shape.push_back(static_cast<int64_t>(value));
      return true;
    }
    if (place_ == Place::kOffsetItems) {
      if (offsets_.size() >= 2) return Fail(OffsetsProblem());
      offsets_.push_back(value);
      return true;
    }
    return Misplaced("a number");
  }

  bool null() override { return Misplaced("null"); }
  bool boolean(bool) override { return Misplaced("a boolean"); }
  bool number_integer(number_integer_t) override { return Misplaced("a negative number"); }
  bool number_float(number_float_t, const string_t&) override {
    return Misplaced("a number that is not a 64-bit integer");
  }
  bool binary(binary_t&) override { return Misplaced("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    return Fail(absl::StrCat("the header is not JSON at byte ", position));
  }

 private:
  // Where the next value goes.
  enum class Place {
    kStart, kTop, kTensorValue, kTensor, kDType, kShape, kShapeItems, kOffsets, kOffsetItems,
    kMetadataValue, kMetadata, kMetadataText, kEnd
  };

  bool Go(Place place) {
    place_ = place;
    return true;
  }

  bool Fail(std::string error) {
    error_ = std::move(error);
    return false;
  }

  bool Misplaced(absl::string_view what) {
    if (place_ == Place::kStart) return Fail("the header is not a JSON object");
    if (place_ == Place::kMetadataValue || place_ == Place::kMetadataText) {
      return Fail(absl::StrCat("__metadata__ has ", what, ", only strings are allowed"));
    }
    return Fail(absl::StrCat("tensor ", Quoted(name_), " has ", what, " in the wrong place"));
  }

  std::string OffsetsProblem() const {
    return absl::StrCat("tensor ", Quoted(name_), " needs two data_offsets");
  }

  bool TopKey(std::string& name) {
    name_ = std::move(name);
    if (name_ == kMetadataKey) {
      if (std::exchange(has_metadata_, true)) return Fail("__metadata__ is there twice");
      return Go(Place::kMetadataValue);
    }
    if (header_.tensors.contains(name_)) {
      return Fail(absl::StrCat("tensor ", Quoted(name_), " is there twice"));
    }
    return Go(Place::kTensorValue);
  }

  bool MetadataKey(std::string& name) {
    if (header_.metadata.contains(name)) {
      return Fail(absl::StrCat("__metadata__ has ", Quoted(name), " twice"));
    }
    key_ = std::move(name);
    return Go(Place::kMetadataText);
  }

  bool TensorKey(const std::string& field) {
    if (field == "dtype" && !has_dtype_) return Go(Place::kDType);
    if (field == "shape" && !has_shape_) return Go(Place::kShape);
    if (field == "data_offsets" && !has_offsets_) return Go(Place::kOffsets);
    return Fail(absl::StrCat("tensor ", Quoted(name_), " has ", Quoted(field),
                             " twice or it is not dtype, shape or data_offsets"));
  }

  bool StartTensor() {
    entry_ = HeaderEntry();
    offsets_.clear();
    has_dtype_ = has_shape_ = has_offsets_ = false;
    return Go(Place::kTensor);
  }

  bool EndTensor() {
    if (!has_dtype_ || !has_shape_ || !has_offsets_) {
      return Fail(absl::StrCat("tensor ", Quoted(name_), " lacks dtype, shape or data_offsets"));
    }
    if (offsets_.size() != 2) return Fail(OffsetsProblem());
    entry_.begin = offsets_[0];
    entry_.end = offsets_[1];
    header_.tensors.emplace(name_, std::move(entry_));
    return Go(Place::kTop);
  }

  Place place_ = Place::kStart;
  Header header_;
  std::string error_;
  std::string name_;  // Of the tensor being read.
  std::string key_;   // Of the metadata entry being read.
  HeaderEntry entry_;
  std::vector<uint64_t> offsets_;
  bool has_dtype_ = false, has_shape_ = false, has_offsets_ = false, has_metadata_ = false;
};

}  // namespace

absl::StatusOr<Header> ParseHeader(absl::string_view json) {
  // The parser takes a NUL for the end of the text, whatever comes after it.
  if (json.find('\0') != absl::string_view::npos) {
    return absl::InvalidArgumentError("the header is not JSON: it has a NUL");
  }
  HeaderReader reader;
  if (!Json::sax_parse(json.begin(), json.end(), &reader)) {
    return absl::InvalidArgumentError(reader.error());
  }
  return reader.TakeHeader();
}

std::string FormatHeader(const Header& header) {
  std::vector<std::pair<std::string, const HeaderEntry*>> ordered;
  for (const auto& [name, entry] : header.tensors) ordered.emplace_back(name, &entry);
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    return std::make_pair(a.second->begin, a.second->end) <
           std::make_pair(b.second->begin, b.second->end);
  });
  nlohmann::ordered_json root = nlohmann::ordered_json::object();
  if (!header.metadata.empty()) root[kMetadataKey] = header.metadata;
  for (const auto& [name, entry] : ordered) {
    root[name] = {{"dtype", std::string(DTypeName(entry->spec.dtype))},
                  {"shape", entry->spec.shape},
                  {"data_offsets", {entry->begin, entry->end}}};
  }
  // Text that is not UTF-8 is replaced rather than thrown about.
  return root.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace fovea::safetensors_internal
