# Finds just OpenCV's core, imgproc and imgcodecs, whose Debian packages come without a CMake
# package. Defines OpenCVLite::core, OpenCVLite::imgproc and OpenCVLite::imgcodecs.
#
# Never link all of OpenCV: its dnn module brings protobuf messages of its own.

find_path(OpenCVLite_INCLUDE_DIR opencv2/core.hpp PATH_SUFFIXES opencv4)
foreach(_part core imgproc imgcodecs)
  find_library(OpenCVLite_${_part}_LIBRARY opencv_${_part})
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCVLite REQUIRED_VARS OpenCVLite_INCLUDE_DIR
  OpenCVLite_core_LIBRARY OpenCVLite_imgproc_LIBRARY OpenCVLite_imgcodecs_LIBRARY)

if(OpenCVLite_FOUND)
  foreach(_part core imgproc imgcodecs)
    if(NOT TARGET OpenCVLite::${_part})
      add_library(OpenCVLite::${_part} UNKNOWN IMPORTED)
      set_target_properties(OpenCVLite::${_part} PROPERTIES
        IMPORTED_LOCATION "${OpenCVLite_${_part}_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${OpenCVLite_INCLUDE_DIR}")
    endif()
  endforeach()
endif()
