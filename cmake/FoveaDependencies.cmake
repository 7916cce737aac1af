# Everything that Fovea links, each as one imported target.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(Protobuf REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(SQLiteCpp CONFIG REQUIRED)
find_package(PNG REQUIRED)
find_package(libjpeg-turbo CONFIG REQUIRED)
find_package(LibTorch REQUIRED)
find_package(GTest CONFIG REQUIRED)
find_package(benchmark CONFIG QUIET)

find_path(FOVEA_TOMLPLUSPLUS toml++/toml.h REQUIRED)  # Header-only, in the system's folder.

find_package(gRPC CONFIG REQUIRED)
find_package(OpenCVLite REQUIRED)
find_program(FOVEA_PROTOC protoc REQUIRED)
find_program(FOVEA_GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
