#include "server/app/listeners.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <prometheus/exposer.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/status.h"

namespace fovea {
namespace {

constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
constexpr int kFastestClientPingMs = 10'000;
constexpr int kStreamsAConnection = 256;
constexpr int64_t kMessageOverhead = 64 << 10;  // Of a request beside its photograph.
constexpr int64_t kSmallestReceiveLimit = 16LL << 20;

std::string HostOf(const std::string& address) { return address.substr(0, address.rfind(':')); }

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeCredentials(
    const ServerOptions& options) {
  if (options.tls_cert_file.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions tls;
  FOVEA_ASSIGN_OR_RETURN(std::string cert, ReadFile(options.tls_cert_file));
  FOVEA_ASSIGN_OR_RETURN(std::string key, ReadFile(options.tls_key_file));
  tls.pem_key_cert_pairs.push_back({std::move(key), std::move(cert)});
  if (!options.tls_client_ca_file.empty()) {
    FOVEA_ASSIGN_OR_RETURN(tls.pem_root_certs, ReadFile(options.tls_client_ca_file));
    tls.client_certificate_request = GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  return grpc::SslServerCredentials(tls);
}

void SetChannelArguments(grpc::ServerBuilder& builder) {
  // Without this, two servers could share a port and answer in turn.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // By default pings stop after two without data, and a watch of a queued job has none for hours.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kFastestClientPingMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsAConnection);
}

absl::Status AddressTaken(const char* flag, const std::string& address) {
  return absl::UnavailableError(
      absl::StrCat(flag, ": cannot listen on ", address,
                   "; is it taken by another program, or not an address of this machine? Give "
                   "another HOST:PORT with --", flag));
}

void WarnIfOpen(const ServerOptions& options) {
  if (!options.tls_cert_file.empty() || IsLoopback(options.listen)) return;
  Log(LogLevel::kWarning,
      "ANYBODY WHO REACHES THIS ADDRESS CAN USE THIS SERVER AND READ WHAT IS SENT: it listens "
      "beyond this machine without TLS; give --tls-cert and --tls-key, or listen on 127.0.0.1",
      {{"listen", options.listen}});
}

// Both eyes of a patient fit into one message; gRPC takes 2 GiB at most.
int ReceiveLimit(const ServerOptions& options) {
  const int64_t wanted =
      std::max(2 * options.max_image_bytes + kMessageOverhead, kSmallestReceiveLimit);
  return static_cast<int>(std::min<int64_t>(wanted, std::numeric_limits<int>::max()));
}

}  // namespace

bool IsLoopback(const std::string& address) {
  const std::string host = HostOf(address);
  return host == "localhost" || host == "[::1]" || absl::StartsWith(host, "127.") ||
         absl::StartsWith(address, "unix:");
}

absl::StatusOr<GrpcListener> ListenPublic(const ServerOptions& options,
                                          const std::vector<grpc::Service*>& services) {
  WarnIfOpen(options);
  FOVEA_ASSIGN_OR_RETURN(std::shared_ptr<grpc::ServerCredentials> credentials,
                         MakeCredentials(options));
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.listen, std::move(credentials), &port);
  SetChannelArguments(builder);
  builder.SetMaxReceiveMessageSize(ReceiveLimit(options));
  for (grpc::Service* service : services) builder.RegisterService(service);
  GrpcListener listener;
  listener.server = builder.BuildAndStart();
  if (listener.server == nullptr || port <= 0) return AddressTaken("listen", options.listen);
  listener.address = absl::StrCat(HostOf(options.listen), ":", port);
  return listener;
}

absl::StatusOr<GrpcListener> ListenTrainers(const std::string& address, grpc::Service* service) {
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  SetChannelArguments(builder);
  builder.RegisterService(service);
  GrpcListener listener{builder.BuildAndStart(), address};
  if (listener.server == nullptr) {
    return absl::UnavailableError(absl::StrCat(
        "data-dir: cannot make the socket ", address, " that trainers dial; is the disk full?"));
  }
  return listener;
}

absl::StatusOr<MetricsListener> ListenMetrics(const std::string& address) {
  try {
    MetricsListener listener;
    listener.exposer = std::make_unique<prometheus::Exposer>(address, 1);
    const std::vector<int> ports = listener.exposer->GetListeningPorts();
    listener.address = ports.empty() ? address : absl::StrCat(HostOf(address), ":", ports[0]);
    return listener;
  } catch (const std::exception&) {
    return AddressTaken("metrics-listen", address);
  }
}

}  // namespace fovea
