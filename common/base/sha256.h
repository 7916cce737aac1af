// SHA-256 (FIPS 180-4), by OpenSSL.
#pragma once

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

struct evp_md_ctx_st;

namespace fovea {

// Hashes bytes as they come. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Update(absl::string_view bytes);
  // The digest in 64 lower-case hex digits. Call once, as the last.
  std::string FinishHex();

 private:
  evp_md_ctx_st* context_;
};

// Of one piece of bytes, in 64 lower-case hex digits.
std::string Sha256Hex(absl::string_view bytes);

// Whether text has the form of such a digest.
bool IsSha256Hex(absl::string_view text);

}  // namespace fovea
