#include "common/torch/torch.h"

#include <new>

#include "absl/strings/str_cat.h"

namespace fovea {

absl::Status TorchErrorStatus(absl::string_view what, const std::exception& error) {
  const std::string text = error.what();
  const std::string line = text.substr(0, text.find('\n'));
  const bool out_of_memory = dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
                             dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
                             text.find("not enough memory") != std::string::npos;
  const std::string message = absl::StrCat(what, ": ", line);
  return out_of_memory ? absl::ResourceExhaustedError(message) : absl::InternalError(message);
}

}  // namespace fovea
