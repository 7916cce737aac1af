// The TOML library, header-only and without exceptions. Include it nowhere else: its settings must
// be the same in every file.
#pragma once

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>
