// A photograph in the cache and its class.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fovea {

struct Sample {
  size_t item = 0;  // Index into the items that the cache was opened with.
  int64_t label = 0;
  int draw = 0;  // How often the epoch has taken it before.
};

}  // namespace fovea
