// The odd, damaged and hostile files of tests/data/bad-images, with what each must give.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace fovea {

// One row of manifest.csv; its README says what the columns mean.
struct BadImage {
  std::string file;
  std::string expectation;             // "decode", "refuse" or "either".
  std::vector<std::string> refusals;   // The classes that are as good as each other.
  int width = 0;                       // 0: not given.
  int height = 0;
  std::array<double, 3> means = {};    // Over all pixels, 0..255.
  double tolerance = 0;                // 0: any pixels will do.
  std::string rgb_sha256;              // Empty: not the only right result.
};

// All rows. Ends the program with a message when the manifest cannot be read.
std::vector<BadImage> ReadBadImages();

// The bytes of such a file.
std::string ReadBadImage(const std::string& file);

}  // namespace fovea
