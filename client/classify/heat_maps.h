// The folder of `fovea classify --explain`: heat maps as PNG files.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/connection.h"

namespace fovea::client {

// Names files after photographs, "10_left.png" for "eyes/10_left.jpeg", always directly in the
// folder. No file is ever overwritten: where there is one of that name, its content decides. The
// same picture is left as it is (so that a second run adds nothing); for another one (a photograph
// of the same name elsewhere, another model) the new file is "10_left-2.png", and so on. Not
// thread-safe.
class HeatMapFolder {
 public:
  // Makes the folder if need be. INVALID_ARGUMENT where it lies in a folder of `inputs` (as
  // ExpandInputs takes them), which would take heat maps for photographs the next time.
  static absl::StatusOr<HeatMapFolder> Open(const std::string& dir,
                                            const std::vector<std::string>& inputs);

  // Takes the explanation out of the answer for `input` and writes it. The path of the file; empty
  // for an answer without one, which is what an ungradable photograph has.
  absl::StatusOr<std::string> Take(const std::string& input, v1::ClassifyResponse* answer);

 private:
  explicit HeatMapFolder(std::string dir) : dir_(std::move(dir)) {}

  std::string dir_;
  std::map<std::string, int> taken_;  // By stem: numbers that this run has used.
};

// What a file of a photograph is named after: the name without .jpg, .jpeg or .png, at most 200
// bytes, "stdin" for "-"; control characters, slashes, backslashes and colons are "_", and so is a
// dot in front.
std::string HeatMapStem(const std::string& input);

}  // namespace fovea::client
