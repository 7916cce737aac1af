// The fields that an API message has set, as text.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <utility>
#include <vector>

namespace fovea::client {

// {"recipe.epochs", "2"}, {"recipe.class_weighting", "none"}, ...: in the order of the API, those
// of messages within by their path, enums in short form, lists with commas.
std::vector<std::pair<std::string, std::string>> FieldsOf(const google::protobuf::Message& message);

// "class-balanced" for SAMPLING_CLASS_BALANCED of enum Sampling.
std::string ShortEnumName(const google::protobuf::EnumValueDescriptor& value);

}  // namespace fovea::client
