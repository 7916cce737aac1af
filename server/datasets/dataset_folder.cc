#include "server/datasets/dataset_folder.h"

#include <google/protobuf/util/json_util.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/file.h"
#include "common/base/names.h"
#include "common/base/status.h"

namespace fovea {
namespace {

constexpr char kRecordFile[] = "dataset.json";

void SetTime(absl::Time time, google::protobuf::Timestamp* out) {
  const timespec value = absl::ToTimespec(time);
  out->set_seconds(value.tv_sec);
  out->set_nanos(static_cast<int32_t>(value.tv_nsec));
}

absl::Status Damaged(const std::string& dir, absl::string_view why) {
  return absl::DataLossError(absl::StrCat(dir, ": ", why));
}

}  // namespace

v1::Dataset MakeRecord(const std::string& id, const std::vector<std::string>& class_names,
                       const std::string& split, const std::string& source_dir,
                       const std::vector<DatasetItem>& items) {
  const int num_classes = static_cast<int>(class_names.size());
  v1::Dataset record;
  record.set_name(DatasetName(id));
  SetTime(absl::Now(), record.mutable_create_time());
  record.mutable_class_names()->Add(class_names.begin(), class_names.end());
  for (const int64_t count : CountClasses(items, Part::kTrain, num_classes)) {
    record.add_train_class_counts(count);
  }
  for (const int64_t count : CountClasses(items, Part::kTest, num_classes)) {
    record.add_test_class_counts(count);
  }
  record.set_fingerprint(DatasetFingerprint(items));
  record.set_split(split);
  record.set_shared_patients(CountSharedPatients(items));
  int64_t bytes = 0;
  for (const DatasetItem& item : items) bytes += item.size;
  record.set_bytes(bytes);
  record.set_source_dir(source_dir);
  return record;
}

absl::Status WriteDatasetFolder(const std::string& dir, const v1::Dataset& record,
                                const std::vector<DatasetItem>& items) {
  FOVEA_RETURN_IF_ERROR(MakeDirs(dir));
  FOVEA_RETURN_IF_ERROR(WriteIndex(JoinPath(dir, kIndexFile), items));
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(record, &json, options).ok()) {
    return absl::InternalError("the data set's record cannot be written as JSON");
  }
  return WriteFileAtomic(JoinPath(dir, kRecordFile), json);
}

absl::StatusOr<LoadedDataset> ReadDatasetFolder(const std::string& dir, const std::string& id) {
  FOVEA_ASSIGN_OR_RETURN(const std::string json, ReadFile(JoinPath(dir, kRecordFile)));
  LoadedDataset loaded;
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, &loaded.record);
  if (!parsed.ok()) return Damaged(dir, "the record is not valid JSON of a data set");
  if (loaded.record.name() != DatasetName(id)) return Damaged(dir, "the record has another name");
  FOVEA_ASSIGN_OR_RETURN(loaded.items, ReadIndex(JoinPath(dir, kIndexFile)));
  const absl::Status valid =
      ValidateItems(loaded.items, loaded.record.class_names_size(), /*hashed=*/true);
  if (!valid.ok()) return Damaged(dir, valid.message());
  if (DatasetFingerprint(loaded.items) != loaded.record.fingerprint()) {
    return Damaged(dir, "the index does not have the record's fingerprint");
  }
  return loaded;
}

}  // namespace fovea
