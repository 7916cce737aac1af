#include "server/model/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"

namespace fovea {
namespace {

using testing::HasSubstr;

std::string File(const std::string& json, const std::string& buffer) {
  const uint64_t length = json.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + json + buffer;
}

std::string Message(const std::string& file) {
  return std::string(SafetensorsView::Parse(file).status().message());
}

absl::StatusOr<std::string> Write(const std::map<std::string, TensorSpec>& tensors,
                                  const Metadata& metadata,
                                  const std::map<std::string, std::string>& data) {
  std::string file;
  absl::Status status = WriteSafetensors(
      tensors, metadata,
      [&](const std::string& name) -> absl::StatusOr<absl::string_view> { return data.at(name); },
      [&](absl::string_view piece) {
        file.append(piece.data(), piece.size());
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return file;
}

TEST(SafetensorsTest, ReadsBackWhatItWrote) {
  const std::map<std::string, TensorSpec> specs = {{"b", {DType::kF32, {2, 1}}},
                                                   {"a", {DType::kU8, {3}}},
                                                   {"n", {DType::kI64, {}}},
                                                   {"empty", {DType::kF16, {0, 4}}}};
  const std::map<std::string, std::string> data = {
      {"b", "12345678"}, {"a", "xyz"}, {"n", "ABCDEFGH"}, {"empty", ""}};
  const absl::StatusOr<std::string> file = Write(specs, {{"key", "val\"ue"}}, data);
  ASSERT_TRUE(file.ok()) << file.status();
  const absl::StatusOr<SafetensorsView> view = SafetensorsView::Parse(*file);
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ(view->metadata(), (Metadata{{"key", "val\"ue"}}));
  ASSERT_EQ(view->tensors().size(), 4u);
  for (const auto& [name, entry] : view->tensors()) {
    EXPECT_EQ(entry.spec, specs.at(name)) << name;
    EXPECT_EQ(std::string(entry.data), data.at(name)) << name;
    const size_t offset = entry.data.data() - file->data();
    EXPECT_TRUE(entry.data.empty() || offset % DTypeSize(entry.spec.dtype) == 0) << name;
  }
  EXPECT_EQ(*file, *Write(specs, {{"key", "val\"ue"}}, data));
}

TEST(SafetensorsTest, RefusesToWriteWhatItCouldNotRead) {
  EXPECT_EQ(
      Write({{"__metadata__", {DType::kU8, {1}}}}, {}, {{"__metadata__", "x"}}).status().code(),
      absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Write({{"a", {DType::kU8, {2}}}}, {}, {{"a", "x"}}).status().code(),
            absl::StatusCode::kInternal);
  EXPECT_EQ(Write({{"a", {DType::kU8, {int64_t{1} << 62, 4}}}}, {}, {{"a", ""}}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(SafetensorsTest, AcceptsWhatTheFormatAllows) {
  const struct {
    const char* what;
    std::string file;
    size_t tensors;
  } kCases[] = {
      {"nothing", File("{}", ""), 0},
      {"padding", File("{}        ", ""), 0},
      {"scalar", File(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})", "1234"), 1},
      {"order of fields", File(R"({"a":{"data_offsets":[0,2],"shape":[1],"dtype":"BF16"}})", "12"),
       1},
      {"order of tensors",
       File(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},)"
            R"("b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
            "123"),
       2},
      {"no elements",
       File(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[1,1]},)"
            R"("b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
            "1"),
       2},
      {"metadata", File(R"({"__metadata__":{"format":"pt"}})", ""), 0},
      {"escaped name", File(R"({"\u00e4":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "1"),
       1},
  };
  for (const auto& test : kCases) {
    const absl::StatusOr<SafetensorsView> view = SafetensorsView::Parse(test.file);
    ASSERT_TRUE(view.ok()) << test.what << ": " << view.status();
    EXPECT_EQ(view->tensors().size(), test.tensors) << test.what;
  }
}

// One tensor "a" of these fields, before a buffer of `bytes` bytes.
std::string One(const std::string& fields, size_t bytes) {
  return File("{\"a\":{" + fields + "}}", std::string(bytes, 'x'));
}

TEST(SafetensorsTest, RefusesMalformedFiles) {
  const std::string a = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  const struct {
    const char* message;
    std::string file;
  } kCases[] = {
      {"shorter than 8", ""},
      {"shorter than 8", "1234567"},
      {"is cut off", std::string("\x10\0\0\0\0\0\0\0{}", 10)},
      {"at most", std::string("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10)},
      {"at most", std::string("\1\0\0\1\0\0\0\0{}", 10)},
      {"does not begin with {", File("", "")},
      {"does not begin with {", File(" {}", "")},
      {"does not begin with {", File("[]", "")},
      {"does not begin with {", File("\xef\xbb\xbf{}", "")},
      {"not JSON", File("{", "")},
      {"not JSON", File("{}{}", "")},
      {"not JSON", File(std::string("{}\0", 3), "")},
      {"not JSON", File(std::string("{}\0{", 4), "")},
      {"not JSON", File("{\"\xff\":{}}", "")},
      {"not JSON", File("{/*x*/}", "")},
      {"not JSON", File("{\"a\":{\"dtype\":\"U8\",}}", "")},
      {"after its tensors", File("{}", "x")},
      {"is there twice", File("{" + a + "," + a + "}", "x")},
      {"__metadata__ is there twice", File(R"({"__metadata__":{},"__metadata__":{}})", "")},
      {"has \"k\" twice", File(R"({"__metadata__":{"k":"1","k":"2"}})", "")},
      {"only strings", File(R"({"__metadata__":{"k":1}})", "")},
      {"only strings", File(R"({"__metadata__":{"k":{}}})", "")},
      {"only strings", File(R"({"__metadata__":{"k":null}})", "")},
      {"only strings", File(R"({"__metadata__":[]})", "")},
      {"only strings", File(R"({"__metadata__":"x"})", "")},
      {"wrong place", File(R"({"a":1})", "")},
      {"wrong place", File(R"({"a":[]})", "")},
      {"wrong place", File(R"({"a":null})", "")},
      {"lacks", File(R"({"a":{}})", "")},
      {"lacks", One(R"("dtype":"U8","shape":[1])", 1)},
      {"lacks", One(R"("dtype":"U8","data_offsets":[0,1])", 1)},
      {"lacks", One(R"("shape":[1],"data_offsets":[0,1])", 1)},
      {"twice or", One(R"("dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1])", 1)},
      {"twice or", One(R"("dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1)", 1)},
      {"unknown dtype", One(R"("dtype":"F31","shape":[1],"data_offsets":[0,1])", 1)},
      {"unknown dtype", One(R"("dtype":"u8","shape":[1],"data_offsets":[0,1])", 1)},
      {"wrong place", One(R"("dtype":8,"shape":[1],"data_offsets":[0,1])", 1)},
      {"wrong place", One(R"("dtype":"U8","shape":"1","data_offsets":[0,1])", 1)},
      {"wrong place", One(R"("dtype":"U8","shape":[[1]],"data_offsets":[0,1])", 1)},
      {"wrong place", One(R"("dtype":"U8","shape":["1"],"data_offsets":[0,1])", 1)},
      {"negative", One(R"("dtype":"U8","shape":[-1],"data_offsets":[0,1])", 1)},
      {"negative", One(R"("dtype":"U8","shape":[1],"data_offsets":[-1,1])", 1)},
      {"not a 64-bit", One(R"("dtype":"U8","shape":[1.0],"data_offsets":[0,1])", 1)},
      {"not a 64-bit", One(R"("dtype":"U8","shape":[1],"data_offsets":[0,1e0])", 1)},
      {"not a 64-bit",
       One(R"("dtype":"U8","shape":[18446744073709551617],"data_offsets":[0,1])", 1)},
      {"too large", One(R"("dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,1])", 1)},
      {"too large", One(R"("dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],)"
                        R"("data_offsets":[0,1])",
                        1)},
      {"do not fit",
       One(R"("dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0])", 0)},
      {"do not fit",
       One(R"("dtype":"U8","shape":[0,4294967296,4294967296,2],"data_offsets":[0,1])", 1)},
      {"do not fit", One(R"("dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0])", 0)},
      {"do not fit", One(R"("dtype":"F32","shape":[1],"data_offsets":[0,1])", 1)},
      {"do not fit", One(R"("dtype":"U8","shape":[2],"data_offsets":[0,1])", 1)},
      {"two data_offsets", One(R"("dtype":"U8","shape":[1],"data_offsets":[0])", 1)},
      {"two data_offsets", One(R"("dtype":"U8","shape":[1],"data_offsets":[])", 1)},
      {"two data_offsets", One(R"("dtype":"U8","shape":[1],"data_offsets":[0,1,1])", 1)},
      {"outside", One(R"("dtype":"U8","shape":[1],"data_offsets":[1,0])", 1)},
      {"outside", One(R"("dtype":"U8","shape":[2],"data_offsets":[0,2])", 1)},
      {"outside", One(R"("dtype":"U8","shape":[1],"data_offsets":[1,18446744073709551615])", 1)},
      {"after a gap", One(R"("dtype":"U8","shape":[1],"data_offsets":[1,2])", 2)},
      {"after its tensors", One(R"("dtype":"U8","shape":[1],"data_offsets":[0,1])", 2)},
      {"overlaps", File("{" + a + R"(,"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "x")},
      {"overlaps", File(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},)"
                        R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
                        "xyz")},
      {"after a gap",
       File("{" + a + R"(,"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})", "xyz")},
  };
  for (const auto& test : kCases) {
    const absl::Status status = SafetensorsView::Parse(test.file).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << test.file;
    EXPECT_THAT(Message(test.file), HasSubstr("safetensors: ")) << test.file;
    EXPECT_THAT(Message(test.file), HasSubstr(test.message)) << test.file;
  }
}

TEST(SafetensorsTest, DeepNestingEndsAtOnce) {
  EXPECT_THAT(Message(File("{\"a\":" + std::string(1 << 20, '['), "")), HasSubstr("wrong place"));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_THAT(Message(File(objects, "")), HasSubstr("twice or"));
}

TEST(SafetensorsTest, HostileNamesAreEscapedInErrors) {
  const std::string message =
      Message(File(R"({"\u001b[31m\n":{"dtype":"U8","shape":[1],"data_offsets":[0,9]}})", "x"));
  EXPECT_THAT(message, HasSubstr(R"(\x1b[31m\n)"));
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

TEST(SafetensorsTest, EveryTruncationIsRefusedAndEveryFlipIsRefusedOrStillWhole) {
  const std::string file = *Write({{"w", {DType::kF32, {2, 3}}}, {"n", {DType::kI64, {}}}},
                                  {{"format", "pt"}},
                                  {{"w", std::string(24, 'w')}, {"n", std::string(8, 'n')}});
  for (size_t length = 0; length < file.size(); ++length) {
    EXPECT_FALSE(SafetensorsView::Parse(file.substr(0, length)).ok()) << length;
  }
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    std::string flipped = file;
    flipped[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    const absl::StatusOr<SafetensorsView> view = SafetensorsView::Parse(flipped);
    if (!view.ok()) continue;
    int64_t bytes = 0;
    for (const auto& [name, entry] : view->tensors()) {
      EXPECT_EQ(static_cast<int64_t>(entry.data.size()), TensorBytes(entry.spec));
      bytes += TensorBytes(entry.spec);
    }
    EXPECT_EQ(bytes, 32);
  }
}

}  // namespace
}  // namespace fovea
