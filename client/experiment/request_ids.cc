#include "client/experiment/request_ids.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/sha256.h"

namespace fovea::client {
namespace {

constexpr char kTraining[] = "experiment";
constexpr char kEvaluation[] = "experiment-evaluation";
constexpr size_t kMaxRequestId = 128;
constexpr size_t kHashDigits = 16;

// The first bytes of UTF-8 text, without a torn character at the end.
std::string CutUtf8(absl::string_view text, size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return std::string(text.substr(0, bytes));
}

std::string HashOf(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return Sha256Hex(bytes).substr(0, kHashDigits);
}

}  // namespace

std::string ToRequestId(const ExperimentJobId& id) {
  const bool training = id.evaluation.empty();
  return CutUtf8(absl::StrCat(training ? kTraining : kEvaluation, "/", id.experiment, "/", id.run,
                              "/", id.attempt, "/", training ? id.label : id.evaluation),
                 kMaxRequestId);
}

std::optional<ExperimentJobId> ParseRequestId(absl::string_view request_id) {
  const std::vector<absl::string_view> parts = absl::StrSplit(request_id, absl::MaxSplits('/', 4));
  if (parts.size() != 5 || parts[1].empty()) return std::nullopt;
  ExperimentJobId id;
  id.experiment = std::string(parts[1]);
  id.run = std::string(parts[2]);
  if (id.run.size() != kHashDigits || !absl::SimpleAtoi(parts[3], &id.attempt) || id.attempt < 1) {
    return std::nullopt;
  }
  if (parts[0] == kTraining) {
    id.label = std::string(parts[4]);
  } else if (parts[0] == kEvaluation && !parts[4].empty()) {
    id.evaluation = std::string(parts[4]);
  } else {
    return std::nullopt;
  }
  return id;
}

std::string SpecHash(const v1::TrainingSpec& spec) { return HashOf(spec); }
std::string SpecHash(const v1::EvaluationSpec& spec) { return HashOf(spec); }

}  // namespace fovea::client
