// Fills API messages from TOML, by the fields that their descriptors name.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/experiment/toml.h"

namespace fovea::client {

// "plan.toml:12: " for messages about a node; "plan.toml: " for one without a place.
std::string PlaceOf(absl::string_view file, const toml::node& node);

// INVALID_ARGUMENT "FILE:LINE: `path`: problem".
absl::Status NodeError(absl::string_view file, const toml::node& node, absl::string_view path,
                       absl::string_view problem);

// Sets the fields that `table` names, tables within it being messages within the message; others
// stay as they are, lists are replaced. Enums are written as in the API or short: "resnet50",
// "class-balanced". An unknown key, a value of another type or out of its field's range is an error
// with its line; for a key it names those that are allowed. Keys in `skip` are the caller's own.
absl::Status FillMessage(absl::string_view file, const toml::table& table, absl::string_view path,
                         const std::vector<absl::string_view>& skip,
                         google::protobuf::Message* message);

}  // namespace fovea::client
