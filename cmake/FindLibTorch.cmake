# Finds LibTorch inside an installed `torch` Python wheel, or in an unpacked LibTorch archive.
#
# Looked for in LIBTORCH_ROOT (cache or environment; the folder that holds include/ and lib/), then
# in FOVEA_VENV (default: .venv of the source tree; the preset `cuda` takes .venv-cuda). Defines the target `LibTorch::torch`.
#
# The wheel's own CMake package is not used: that of a CUDA build demands a CUDA toolkit which users
# of the C++ API do not need. The wheel's include folder also carries protobuf and fmt headers of
# other versions than the system's, so it comes last (-idirafter).

if(NOT LIBTORCH_ROOT AND DEFINED ENV{LIBTORCH_ROOT})
  set(LIBTORCH_ROOT "$ENV{LIBTORCH_ROOT}")
endif()
if(NOT LIBTORCH_ROOT)
  set(FOVEA_VENV "${CMAKE_SOURCE_DIR}/.venv" CACHE PATH "Virtual environment with a torch wheel")
  file(GLOB _venv_torch "${FOVEA_VENV}/lib/python3*/site-packages/torch")
  list(LENGTH _venv_torch _count)
  if(_count GREATER 0)
    list(GET _venv_torch 0 LIBTORCH_ROOT)
  endif()
endif()

find_path(LibTorch_INCLUDE_DIR torch/script.h PATHS "${LIBTORCH_ROOT}/include" NO_DEFAULT_PATH)
find_library(LibTorch_torch_LIBRARY torch PATHS "${LIBTORCH_ROOT}/lib" NO_DEFAULT_PATH)
find_library(LibTorch_torch_cpu_LIBRARY torch_cpu PATHS "${LIBTORCH_ROOT}/lib" NO_DEFAULT_PATH)
find_library(LibTorch_c10_LIBRARY c10 PATHS "${LIBTORCH_ROOT}/lib" NO_DEFAULT_PATH)
find_library(LibTorch_torch_cuda_LIBRARY torch_cuda PATHS "${LIBTORCH_ROOT}/lib" NO_DEFAULT_PATH)
find_library(LibTorch_c10_cuda_LIBRARY c10_cuda PATHS "${LIBTORCH_ROOT}/lib" NO_DEFAULT_PATH)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_INCLUDE_DIR LibTorch_torch_LIBRARY LibTorch_torch_cpu_LIBRARY
                LibTorch_c10_LIBRARY
  REASON_FAILURE_MESSAGE "run scripts/bootstrap.sh, or set LIBTORCH_ROOT to the folder that holds LibTorch's include and lib")

if(LibTorch_FOUND AND NOT TARGET LibTorch::torch)
  add_library(LibTorch::torch INTERFACE IMPORTED)
  # As plain options, so that CMake neither reorders them nor turns them into -isystem.
  target_compile_options(LibTorch::torch INTERFACE
    "SHELL:-isystem ${LibTorch_INCLUDE_DIR}/torch/csrc/api/include"
    "SHELL:-idirafter ${LibTorch_INCLUDE_DIR}")
  set(_libs ${LibTorch_torch_LIBRARY} ${LibTorch_torch_cpu_LIBRARY} ${LibTorch_c10_LIBRARY})
  if(LibTorch_torch_cuda_LIBRARY AND LibTorch_c10_cuda_LIBRARY)
    list(APPEND _libs ${LibTorch_torch_cuda_LIBRARY} ${LibTorch_c10_cuda_LIBRARY})
  endif()
  # No symbol of torch_cuda is named by us, but loading it registers the CUDA kernels.
  target_link_libraries(LibTorch::torch INTERFACE
    -Wl,--push-state,--no-as-needed ${_libs} -Wl,--pop-state)
  target_link_options(LibTorch::torch INTERFACE "-Wl,-rpath,${LIBTORCH_ROOT}/lib")
endif()
