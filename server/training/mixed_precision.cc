#include "server/training/mixed_precision.h"

#include <ATen/autocast_mode.h>

#include "server/model/plan/compile.h"

namespace fovea {

bool HasFastMixedPrecision(torch::Device device) { return SupportOf(device).bfloat16; }

MixedPrecision::MixedPrecision(torch::Device device, bool on)
    : device_(device.type()),
      on_(on),
      enabled_before_(at::autocast::is_autocast_enabled(device_)),
      type_before_(at::autocast::get_autocast_dtype(device_)) {
  if (!on_) return;
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::set_autocast_dtype(device_, torch::kBFloat16);
  at::autocast::increment_nesting();
}

MixedPrecision::~MixedPrecision() {
  if (!on_) return;
  // The copies of the weights in bfloat16 are those of before the step.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_dtype(device_, type_before_);
  at::autocast::set_autocast_enabled(device_, enabled_before_);
}

}  // namespace fovea
