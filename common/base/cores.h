// How many cores this process may use.
#pragma once

#include <string>

namespace fovea {

// At least 1: the cores of its affinity mask, less where its control group has a quota (rounded up),
// as containers have.
int AvailableCores();

// Cores of a control group's `cpu.max` ("QUOTA PERIOD" in microseconds, QUOTA may be "max"), rounded
// up; 0: no limit, or no such text.
int CoresOfQuota(const std::string& cpu_max);

}  // namespace fovea
