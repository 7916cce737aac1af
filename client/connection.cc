#include "client/connection.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <chrono>

namespace fovea::client {
namespace {

constexpr absl::Duration kDefaultTimeout = absl::Seconds(30);
// A weights file or a photograph may come in one message.
constexpr int kMaxMessageBytes = 80 << 20;

std::shared_ptr<grpc::ChannelCredentials> MakeCredentials(const TlsOptions& tls) {
  if (!tls.enabled) return grpc::InsecureChannelCredentials();
  return grpc::SslCredentials({tls.ca, tls.key, tls.cert});
}

std::shared_ptr<grpc::Channel> MakeChannel(const GlobalOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  // A watch can be silent for long; a dead peer is noticed within 40 seconds.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Our own retries decide when to dial again.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  // The server's address is meant, whatever a proxy variable says.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(options.server, MakeCredentials(options.tls), arguments);
}

void SetDeadline(absl::Duration timeout, grpc::ClientContext* context) {
  context->set_deadline(std::chrono::system_clock::now() + absl::ToChronoMicroseconds(timeout));
}

}  // namespace

Connection::Connection(const GlobalOptions& options)
    : options_(options),
      channel_(MakeChannel(options)),
      datasets_(v1::DatasetService::NewStub(channel_)),
      evaluations_(v1::EvaluationService::NewStub(channel_)),
      training_(v1::TrainingService::NewStub(channel_)),
      models_(v1::ModelService::NewStub(channel_)),
      classification_(v1::ClassificationService::NewStub(channel_)),
      server_(v1::ServerService::NewStub(channel_)) {}

void Connection::PrepareCall(grpc::ClientContext* context) const {
  SetDeadline(options_.timeout.value_or(kDefaultTimeout), context);
}

void Connection::PrepareTransfer(grpc::ClientContext* context) const {
  if (options_.timeout.has_value()) SetDeadline(*options_.timeout, context);
}

}  // namespace fovea::client
