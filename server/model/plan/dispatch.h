// Operators of Torch that have no function of their own in C++, by their names. Includes Torch.
#pragma once

#include "common/torch/torch.h"

namespace fovea {

// The operator `name`, overload `overload`, of the type `Signature`. Throws Torch's exceptions
// where there is none, or it has another signature. Looking it up takes long: keep it in a static.
template <typename Signature>
c10::TypedOperatorHandle<Signature> FindOperator(const char* name, const char* overload) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

// Numbers that parametrise what follows a convolution; ReLU has none.
using PostOpScalars = c10::List<std::optional<at::Scalar>>;

}  // namespace fovea
