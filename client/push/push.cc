#include "client/push/push.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/display/format.h"
#include "client/display/progress.h"
#include "client/display/table.h"
#include "client/display/text.h"
#include "client/interrupt.h"
#include "client/push/upload.h"
#include "client/report.h"
#include "client/short_names.h"
#include "common/base/status.h"
#include "common/dataset/index.h"

namespace fovea::client {
namespace {

constexpr absl::Duration kFirstBackoff = absl::Milliseconds(200);
constexpr absl::Duration kMaxBackoff = absl::Seconds(5);

// Hashing cannot be stopped from outside, and there is nothing to clean up.
void LeaveAtInterrupt() {
  WriteErr("\ninterrupted before anything was sent\n");
  _exit(static_cast<int>(ExitCode::kInterrupted));
}

int64_t TotalBytes(const UploadFiles& files) {
  int64_t bytes = 0;
  for (const auto& [sha256, file] : files) bytes += file.size;
  return bytes;
}

// One push from beginning to end. Used from one thread.
class Pusher {
 public:
  Pusher(const Session& session, const PushOptions& options)
      : session_(session), options_(options), connection_(session.options) {}

  CommandResult Run() {
    interrupts_.OnInterrupt(LeaveAtInterrupt);
    // First the cheap question, so that a wrong address or a taken id shows before the hashing.
    FOVEA_RETURN_IF_ERROR(LookForExisting());
    FOVEA_RETURN_IF_ERROR(FindAndHash());
    interrupts_.OnInterrupt(nullptr);
    if (existing_.has_value()) return SameAsExisting();
    return UploadWithRetries();
  }

 private:
  absl::Status LookForExisting() {
    v1::GetDatasetRequest request;
    request.set_name(FullDatasetName(options_.dataset_id));
    absl::StatusOr<v1::Dataset> dataset =
        Call(connection_, connection_.datasets(),
             &v1::DatasetService::StubInterface::GetDataset, request);
    if (absl::IsNotFound(dataset.status())) return absl::OkStatus();
    FOVEA_RETURN_IF_ERROR(dataset.status());
    existing_ = *std::move(dataset);
    return absl::OkStatus();
  }

  absl::Status FindAndHash() {
    FOVEA_ASSIGN_OR_RETURN(found_, FindDataset(options_.dir, options_.layout));
    const int classes = static_cast<int>(found_.class_names.size());
    Note(absl::StrCat("layout ", found_.layout, ": ",
                      Plural(static_cast<int64_t>(found_.items.size()), "photograph",
                             "photographs"),
                      " in ", Plural(classes, "class", "classes")));
    WriteErr(RenderCounts(found_.class_names, CountClasses(found_.items, Part::kTrain, classes),
                          CountClasses(found_.items, Part::kTest, classes),
                          session_.terminal.err));
    Note(absl::StrCat("test part: ", Printable(found_.split)));
    const std::string warning = SharedPatientsWarning(CountSharedPatients(found_.items));
    if (!warning.empty()) Note(session_.terminal.err.Yellow(warning));
    ProgressMeter meter(session_.terminal, "hashing", "files");
    const int threads = std::max(1u, std::thread::hardware_concurrency());
    return HashItems(options_.dir, threads,
                     [&meter](int64_t done, int64_t total) {
                       meter.Update(static_cast<double>(done), static_cast<double>(total));
                     },
                     &found_.items);
  }

  CommandResult SameAsExisting() {
    if (existing_->fingerprint() != DatasetFingerprint(found_.items)) {
      return absl::AlreadyExistsError(absl::StrCat(
          existing_->name(), ": exists with other content; give another --id, or remove it with `",
          "fovea dataset delete ", options_.dataset_id, "`"));
    }
    Note(absl::StrCat(existing_->name(), " is there already with the same content"));
    return Finish(*existing_);
  }

  CommandResult UploadWithRetries() {
    absl::Time lost_since = absl::InfinitePast();
    absl::Duration backoff = kFirstBackoff;
    while (true) {
      const absl::StatusOr<v1::Dataset> dataset = UploadOnce();
      if (dataset.ok()) return Finish(*dataset);
      if (interrupts_.interrupted()) return Interrupted();
      // Somebody, or an upload of ours whose answer was lost, has made it.
      if (absl::IsAlreadyExists(dataset.status()) && LookForExisting().ok() &&
          existing_.has_value()) {
        return SameAsExisting();
      }
      if (!absl::IsUnavailable(dataset.status())) return dataset.status();
      const absl::Time now = absl::Now();
      if (progressed_ || lost_since == absl::InfinitePast()) {
        lost_since = now;
        backoff = kFirstBackoff;
        Note(absl::StrCat("connection lost; trying again for ",
                          absl::FormatDuration(options_.reconnect_for)));
      }
      if (now - lost_since >= options_.reconnect_for) {
        Note(ResumeText());
        return dataset.status();
      }
      if (!interrupts_.WaitFor(backoff)) return Interrupted();
      backoff = std::min(backoff * 1.6, kMaxBackoff);
    }
  }

  absl::StatusOr<v1::Dataset> UploadOnce() {
    progressed_ = false;
    const UploadFiles files = FilesOf(found_.items);
    FOVEA_ASSIGN_OR_RETURN(const UploadFiles missing, FindMissing(&connection_, files));
    const int64_t total = TotalBytes(files);
    int64_t done = total - TotalBytes(missing);
    if (missing.size() < files.size()) {
      Note(absl::StrCat(files.size() - missing.size(), " of ", files.size(),
                        " files are on the server already"));
    }
    ProgressMeter meter(session_.terminal, "sending", "bytes");
    meter.Update(static_cast<double>(done), static_cast<double>(total));
    UploadRequest request{.dir = options_.dir, .header = {}, .items = &found_.items};
    request.header.set_dataset_id(options_.dataset_id);
    request.header.set_split(found_.split);
    request.header.set_item_count(static_cast<int64_t>(found_.items.size()));
    for (const std::string& name : found_.class_names) request.header.add_class_names(name);
    return Upload(&connection_, &interrupts_, request, missing, [&](int64_t bytes) {
      done += bytes;
      progressed_ = true;
      meter.Update(static_cast<double>(done), static_cast<double>(total));
    });
  }

  std::string ResumeText() const {
    return "what arrived stays on the server; run the same command again to send only the rest";
  }

  ExitCode Interrupted() {
    Note(absl::StrCat("interrupted; ", ResumeText()));
    return ExitCode::kInterrupted;
  }

  ExitCode Finish(const v1::Dataset& dataset) {
    WriteOut(session_.options.json ? ToJsonText(dataset) : absl::StrCat(dataset.name(), "\n"));
    if (!session_.options.json) {
      Note(absl::StrCat("train with it: fovea job create --dataset ", options_.dataset_id,
                        " --watch"));
    }
    return ExitCode::kOk;
  }

  const Session& session_;
  const PushOptions options_;
  Connection connection_;
  Interrupts interrupts_;
  FoundDataset found_;
  std::optional<v1::Dataset> existing_;
  bool progressed_ = false;  // Whether the last upload sent anything.
};

}  // namespace

CommandResult PushDataset(const Session& session, const PushOptions& options) {
  return Pusher(session, options).Run();
}

std::string RenderCounts(const std::vector<std::string>& class_names,
                         const std::vector<int64_t>& train, const std::vector<int64_t>& test,
                         const Style& style) {
  Table table({">CLASS", "NAME", ">TRAIN", ">TEST"});
  int64_t train_total = 0;
  int64_t test_total = 0;
  for (size_t i = 0; i < class_names.size(); ++i) {
    const int64_t train_count = i < train.size() ? train[i] : 0;
    const int64_t test_count = i < test.size() ? test[i] : 0;
    train_total += train_count;
    test_total += test_count;
    if (i >= kMaxClassesInFull) continue;
    table.AddRow({absl::StrCat(i), class_names[i], absl::StrCat(train_count),
                  absl::StrCat(test_count)});
  }
  if (class_names.size() > kMaxClassesInFull) {
    const size_t rest = class_names.size() - kMaxClassesInFull;
    table.AddRow({"", absl::StrCat("and ", rest, " more"), "", ""});
  }
  table.AddRow({"", "all", absl::StrCat(train_total), absl::StrCat(test_total)});
  return table.Render(style);
}

std::string SharedPatientsWarning(int64_t shared_patients) {
  if (shared_patients == 0) return "";
  return absl::StrCat("warning: ", Plural(shared_patients, "patient has", "patients have"),
                      " photographs in both parts, so test figures will flatter");
}

}  // namespace fovea::client
