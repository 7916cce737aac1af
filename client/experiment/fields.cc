#include "client/experiment/fields.h"

#include <google/protobuf/descriptor.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace fovea::client {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// A value of a list, or the one value of a field (`index` -1).
std::string ValueText(const Message& message, const FieldDescriptor* field, int index) {
  const Reflection& get = *message.GetReflection();
  const bool one = index < 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(one ? get.GetInt32(message, field)
                              : get.GetRepeatedInt32(message, field, index));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(one ? get.GetInt64(message, field)
                              : get.GetRepeatedInt64(message, field, index));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(one ? get.GetUInt64(message, field)
                              : get.GetRepeatedUInt64(message, field, index));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrCat(one ? get.GetDouble(message, field)
                              : get.GetRepeatedDouble(message, field, index));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return absl::StrCat(one ? get.GetFloat(message, field)
                              : get.GetRepeatedFloat(message, field, index));
    case FieldDescriptor::CPPTYPE_BOOL:
      return (one ? get.GetBool(message, field) : get.GetRepeatedBool(message, field, index))
                 ? "yes"
                 : "no";
    case FieldDescriptor::CPPTYPE_ENUM:
      return ShortEnumName(one ? *get.GetEnum(message, field)
                               : *get.GetRepeatedEnum(message, field, index));
    case FieldDescriptor::CPPTYPE_STRING:
      return one ? get.GetString(message, field) : get.GetRepeatedString(message, field, index);
    default:
      return "";
  }
}

void Append(const Message& message, const std::string& prefix,
            std::vector<std::pair<std::string, std::string>>* texts) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string name = absl::StrCat(prefix, field->name());
    if (field->is_repeated()) {
      std::vector<std::string> values;
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        values.push_back(ValueText(message, field, i));
      }
      texts->emplace_back(name, absl::StrJoin(values, ", "));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Append(reflection.GetMessage(message, field), name + ".", texts);
    } else {
      texts->emplace_back(name, ValueText(message, field, -1));
    }
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> FieldsOf(const Message& message) {
  std::vector<std::pair<std::string, std::string>> texts;
  Append(message, "", &texts);
  return texts;
}

std::string ShortEnumName(const google::protobuf::EnumValueDescriptor& value) {
  // The first value of every enum of the API is PREFIX_UNSPECIFIED.
  absl::string_view prefix = value.type()->value(0)->name();
  absl::ConsumeSuffix(&prefix, "UNSPECIFIED");
  absl::string_view name = value.name();
  absl::ConsumePrefix(&name, prefix);
  return absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", "-"}});
}

}  // namespace fovea::client
