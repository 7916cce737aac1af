#include "client/experiment/toml_message.h"

#include <google/protobuf/descriptor.h>

#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "client/experiment/fields.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string AllowedKeys(const Descriptor& descriptor, const std::vector<absl::string_view>& more) {
  std::vector<std::string> names(more.begin(), more.end());
  for (int i = 0; i < descriptor.field_count(); ++i) names.push_back(descriptor.field(i)->name());
  return absl::StrJoin(names, ", ");
}

// "CLASS_WEIGHTING_" of the enum whose first value is CLASS_WEIGHTING_UNSPECIFIED.
std::string PrefixOf(const EnumDescriptor& type) {
  absl::string_view first = type.value(0)->name();
  absl::ConsumeSuffix(&first, "UNSPECIFIED");
  return std::string(first);
}

const EnumValueDescriptor* FindValue(const EnumDescriptor& type, const std::string& text) {
  if (const EnumValueDescriptor* full = type.FindValueByName(text)) return full;
  const std::string upper = absl::StrReplaceAll(absl::AsciiStrToUpper(text), {{"-", "_"}});
  return type.FindValueByName(absl::StrCat(PrefixOf(type), upper));
}

std::string AllowedValues(const EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 1; i < type.value_count(); ++i) names.push_back(ShortEnumName(*type.value(i)));
  return absl::StrJoin(names, ", ");
}

// One value of one field, set or appended.
class FieldWriter {
 public:
  FieldWriter(absl::string_view file, std::string path, Message* message,
              const FieldDescriptor* field)
      : file_(file), path_(std::move(path)), message_(message), field_(field) {}

  absl::Status Write(const toml::node& node) const {
    switch (field_->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return WriteInteger<int32_t>(node, &Reflection::SetInt32, &Reflection::AddInt32);
      case FieldDescriptor::CPPTYPE_INT64:
        return WriteInteger<int64_t>(node, &Reflection::SetInt64, &Reflection::AddInt64);
      case FieldDescriptor::CPPTYPE_UINT64:
        return WriteInteger<uint64_t>(node, &Reflection::SetUInt64, &Reflection::AddUInt64);
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return WriteNumber<double>(node, &Reflection::SetDouble, &Reflection::AddDouble);
      case FieldDescriptor::CPPTYPE_FLOAT:
        return WriteNumber<float>(node, &Reflection::SetFloat, &Reflection::AddFloat);
      case FieldDescriptor::CPPTYPE_BOOL: {
        const auto value = node.value_exact<bool>();
        if (!value) return Wrong(node, "must be true or false");
        return Put<bool>(*value, &Reflection::SetBool, &Reflection::AddBool);
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        const auto value = node.value_exact<std::string>();
        if (!value) return Wrong(node, "must be text in quotes");
        return Put<std::string>(*value, &Reflection::SetString, &Reflection::AddString);
      }
      case FieldDescriptor::CPPTYPE_ENUM:
        return WriteEnum(node);
      default:
        return Wrong(node, "cannot be set here");
    }
  }

 private:
  absl::Status Wrong(const toml::node& node, absl::string_view problem) const {
    return NodeError(file_, node, path_, problem);
  }

  template <typename T, typename Set, typename Add>
  absl::Status Put(T value, Set set, Add add) const {
    const Reflection* reflection = message_->GetReflection();
    if (field_->is_repeated()) {
      (reflection->*add)(message_, field_, std::move(value));
    } else {
      (reflection->*set)(message_, field_, std::move(value));
    }
    return absl::OkStatus();
  }

  template <typename T, typename Set, typename Add>
  absl::Status WriteInteger(const toml::node& node, Set set, Add add) const {
    const auto value = node.value_exact<int64_t>();
    if (!value) return Wrong(node, "must be a whole number");
    if (!std::in_range<T>(*value))
      return Wrong(node, absl::StrCat("is ", *value, ", out of range"));
    return Put<T>(static_cast<T>(*value), set, add);
  }

  template <typename T, typename Set, typename Add>
  absl::Status WriteNumber(const toml::node& node, Set set, Add add) const {
    if (!node.is_number()) return Wrong(node, "must be a number");
    return Put<T>(static_cast<T>(*node.value<double>()), set, add);
  }

  absl::Status WriteEnum(const toml::node& node) const {
    const EnumDescriptor& type = *field_->enum_type();
    const auto text = node.value_exact<std::string>();
    const EnumValueDescriptor* value = text ? FindValue(type, *text) : nullptr;
    if (value == nullptr || value->number() == 0) {
      return Wrong(node, absl::StrCat("must be one of: ", AllowedValues(type)));
    }
    message_->GetReflection()->SetEnum(message_, field_, value);
    return absl::OkStatus();
  }

  const absl::string_view file_;
  const std::string path_;
  Message* const message_;
  const FieldDescriptor* const field_;
};

absl::Status FillField(absl::string_view file, const toml::node& node, const std::string& path,
                       const FieldDescriptor* field, Message* message) {
  const Reflection* reflection = message->GetReflection();
  const FieldWriter writer(file, path, message, field);
  if (field->is_repeated()) {
    const toml::array* array = node.as_array();
    if (array == nullptr) return NodeError(file, node, path, "must be a list in [ ]");
    reflection->ClearField(message, field);
    for (const toml::node& element : *array) FOVEA_RETURN_IF_ERROR(writer.Write(element));
    return absl::OkStatus();
  }
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return writer.Write(node);
  const toml::table* table = node.as_table();
  if (table == nullptr) return NodeError(file, node, path, "must be a table");
  return FillMessage(file, *table, path, {}, reflection->MutableMessage(message, field));
}

}  // namespace

std::string PlaceOf(absl::string_view file, const toml::node& node) {
  const auto line = node.source().begin.line;
  // What came as a flag is one line.
  const bool in_file = line > 0 && !absl::StartsWith(file, "--");
  return !in_file ? absl::StrCat(file, ": ") : absl::StrCat(file, ":", line, ": ");
}

absl::Status NodeError(absl::string_view file, const toml::node& node, absl::string_view path,
                       absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(PlaceOf(file, node), "`", path, "`: ", problem));
}

absl::Status FillMessage(absl::string_view file, const toml::table& table, absl::string_view path,
                         const std::vector<absl::string_view>& skip,
                         google::protobuf::Message* message) {
  const Descriptor& descriptor = *message->GetDescriptor();
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (absl::c_linear_search(skip, absl::string_view(name))) continue;
    const std::string full = path.empty() ? name : absl::StrCat(path, ".", name);
    const FieldDescriptor* field = descriptor.FindFieldByName(name);
    if (field == nullptr) {
      return NodeError(file, node, full,
                       absl::StrCat("unknown key; allowed here: ", AllowedKeys(descriptor, skip)));
    }
    FOVEA_RETURN_IF_ERROR(FillField(file, node, full, field, message));
  }
  return absl::OkStatus();
}

}  // namespace fovea::client
