# Compiler settings of every target of ours, and the two functions that make targets.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
# Where scripts/stage_runtime.sh puts LibTorch beside the programs.
set(CMAKE_BUILD_RPATH "$ORIGIN/../lib")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# Some packages ask for it and some do not; precompiled headers need the same everywhere.
add_compile_options(-pthread)

find_program(FOVEA_CCACHE ccache)
if(FOVEA_CCACHE)
  # Precompiled headers carry times that do not matter.
  set(FOVEA_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${FOVEA_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${FOVEA_LAUNCHER})
  set(CMAKE_C_COMPILER_LAUNCHER ${FOVEA_LAUNCHER})
endif()

find_program(FOVEA_LLD ld.lld)
if(FOVEA_LLD)
  add_link_options(-fuse-ld=lld)
endif()

if(FOVEA_SANITIZER)
  add_compile_options(-fsanitize=${FOVEA_SANITIZER} -fno-omit-frame-pointer -g1 -O1)
  add_link_options(-fsanitize=${FOVEA_SANITIZER})
  if(FOVEA_SANITIZER MATCHES "undefined")
    # The tensor library's type information is in hidden symbols, which vptr checks cannot follow.
    add_compile_options(-fno-sanitize=vptr)
  endif()
endif()
if(FOVEA_BUILD_FUZZERS)
  # All of our code tells the fuzzer which branches an input takes.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(FOVEA_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

add_library(fovea_warnings INTERFACE)
target_compile_options(fovea_warnings INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety -Wthread-safety-beta>)

# fovea_library(NAME SRCS ... LIBS ...): a static library of ours.
function(fovea_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_SRCS})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_LIBS} PRIVATE fovea_warnings)
endfunction()

# fovea_executable(NAME SRCS ... LIBS ...): a program of ours.
function(fovea_executable name)
  cmake_parse_arguments(ARG "" "" "SRCS;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} fovea_warnings)
endfunction()

# fovea_reuse_headers(TARGET FROM): compiles TARGET with the precompiled headers of FROM. Their code
# must be of the same kind, so a program's files are compiled as a library's are.
function(fovea_reuse_headers target from)
  target_precompile_headers(${target} REUSE_FROM ${from})
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE -fPIC)
endfunction()
