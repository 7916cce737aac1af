#include "server/rpc/trainer_service.h"

#include "server/rpc/trainer_stream.h"

namespace fovea {

grpc::ServerBidiReactor<internal::v1::TrainerMessage, internal::v1::ServerMessage>*
TrainerServiceImpl::Attach(grpc::CallbackServerContext* /*context*/) {
  return TrainerStream::Start(jobs_, executor_, streams_);
}

}  // namespace fovea
