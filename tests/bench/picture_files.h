// Which photographs a measurement reads.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/preprocess/image.h"

namespace fovea {

// Every `every`-th of the .jpeg, .jpg, .JPEG and .png files beneath `folder`, in order of their
// paths, from number `first` on. INVALID_ARGUMENT for a folder that cannot be read.
absl::StatusOr<std::vector<std::string>> PicturesBeneath(const std::string& folder, int every,
                                                         int first);

// The files folder/NAME.jpeg for the names in the file `list`, one a line.
absl::StatusOr<std::vector<std::string>> PicturesOfList(const std::string& folder,
                                                        const std::string& list);

// Decoded and resized as for grading.
absl::StatusOr<Image> LoadPicture(const std::string& path);

}  // namespace fovea
