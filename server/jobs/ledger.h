// The job store together with those who follow it: every change is written, then told.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "server/jobs/store.h"
#include "server/jobs/subscriptions.h"
#include "server/metrics/metrics.h"

namespace fovea {

// Thread-safe. All writes to the store go through here, so that watchers and metrics miss none.
class Ledger {
 public:
  // `metrics` is not owned and outlives this.
  Ledger(std::unique_ptr<JobStore> store, Metrics* metrics);

  const JobStore& store() const { return *store_; }
  Subscriptions& subscriptions() { return subscriptions_; }

  // As JobStore's, then told.
  absl::StatusOr<std::pair<v1::Job, bool>> Create(const v1::Job& wanted);
  absl::StatusOr<JobRow> Apply(const std::string& id, const JobStore::Change& change);
  absl::Status Delete(const std::string& id);

 private:
  void ShowCounts();

  const std::unique_ptr<JobStore> store_;
  Metrics* const metrics_;
  Subscriptions subscriptions_;
  // Held from counting to showing, so that an older count never replaces a newer one.
  absl::Mutex counts_mutex_;
};

}  // namespace fovea
