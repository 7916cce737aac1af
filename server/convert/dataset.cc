#include "server/convert/dataset.h"

#include "common/base/status.h"
#include "server/convert/enums.h"

namespace fovea {

absl::StatusOr<DatasetItem> DatasetItemFromProto(const v1::DatasetItem& proto) {
  DatasetItem item;
  item.path = proto.path();
  item.label = proto.label();
  FOVEA_ASSIGN_OR_RETURN(item.part, PartFromProto(proto.part()));
  item.patient = proto.patient();
  item.sha256 = proto.sha256();
  item.size = proto.size();
  return item;
}

v1::DatasetItem DatasetItemToProto(const DatasetItem& item) {
  v1::DatasetItem proto;
  proto.set_path(item.path);
  proto.set_label(item.label);
  proto.set_part(PartToProto(item.part));
  proto.set_patient(item.patient);
  proto.set_sha256(item.sha256);
  proto.set_size(item.size);
  return proto;
}

}  // namespace fovea
