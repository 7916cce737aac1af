#include "server/training/cache_build.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/thread.h"
#include "common/preprocess/preprocess.h"

namespace fovea {
namespace {

using std::chrono::duration;
using std::chrono::steady_clock;

void RunOnThreads(const std::string& name, int count, const std::function<void()>& body) {
  std::vector<Thread> threads;
  for (int i = 0; i < std::max(count, 1); ++i) threads.emplace_back(absl::StrCat(name, "-", i), body);
}

bool PixelsAreSound(int fd, const CacheEntry& entry, std::vector<uint8_t>* buffer) {
  if (entry.width <= 0 || entry.height <= 0 || entry.offset < 0) return false;
  buffer->resize(entry.bytes());
  int64_t have = 0;
  while (have < entry.bytes()) {
    const ssize_t got = pread(fd, buffer->data() + have, entry.bytes() - have, entry.offset + have);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    have += got;
  }
  return CacheCrc(buffer->data(), entry.bytes()) == entry.crc;
}

absl::Status PwriteAll(int fd, absl::string_view content, int64_t offset, const std::string& what) {
  while (!content.empty()) {
    const ssize_t wrote = pwrite(fd, content.data(), content.size(), offset);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return ErrnoStatus(errno, what);
    content.remove_prefix(wrote);
    offset += wrote;
  }
  return absl::OkStatus();
}

std::string AllLines(const CacheEntries& entries) {
  std::string text;
  for (const auto& [sha256, entry] : entries) text += CacheLine(sha256, entry);
  return text;
}

// What a report says of a photograph that could not be read.
absl::Status ReadError(const absl::Status& status) {
  if (absl::IsNotFound(status)) {
    return absl::NotFoundError("image: missing, there is no such file");
  }
  if (absl::IsDataLoss(status)) {
    return absl::DataLossError("image: changed since the data set was made");
  }
  return Annotate(status, "image: unreadable");
}

}  // namespace

absl::StatusOr<CacheEntries> VerifyEntries(const CachePaths& paths, const CacheEntries& entries,
                                           int threads, const StopSignal& stop) {
  std::vector<CacheEntries::const_iterator> list;
  for (auto it = entries.begin(); it != entries.end(); ++it) list.push_back(it);
  std::vector<char> sound(list.size(), 0);
  const FileDescriptor data(open(paths.data.c_str(), O_RDONLY | O_CLOEXEC));
  std::atomic<size_t> next{0};
  RunOnThreads("verify", threads, [&] {
    std::vector<uint8_t> buffer;
    for (size_t i = next++; i < list.size() && !stop.requested(); i = next++) {
      const CacheEntry& entry = list[i]->second;
      sound[i] = entry.bad() || PixelsAreSound(data.get(), entry, &buffer);
    }
  });
  FOVEA_RETURN_IF_ERROR(stop.Check());
  CacheEntries good;
  for (size_t i = 0; i < list.size(); ++i) {
    if (sound[i]) good.insert(*list[i]);
  }
  return good;
}

CacheBuilder::CacheBuilder(const CacheOptions& options, const CachePaths& paths,
                           const std::vector<DatasetItem>& items, const StopSignal& stop,
                           const CacheProgressFunction& progress)
    : options_(options), paths_(paths), items_(items), stop_(stop), progress_(progress) {}

absl::StatusOr<CacheEntries> CacheBuilder::Run() {
  FOVEA_ASSIGN_OR_RETURN(const CacheEntries kept, Recover());
  std::map<std::string, SameContent> wanted;
  for (size_t i = 0; i < items_.size(); ++i) wanted[items_[i].sha256].push_back(i);
  for (const auto& [sha256, photographs] : wanted) {
    if (!kept.contains(sha256)) work_.push_back(photographs);
  }
  // In the order of the items, which is likely that of the files on the disk.
  std::sort(work_.begin(), work_.end());
  if (work_.empty() && access(paths_.index.c_str(), R_OK) == 0) return kept;

  FOVEA_RETURN_IF_ERROR(OpenFiles(kept));
  recovered_ = static_cast<int64_t>(wanted.size() - work_.size());
  {
    absl::MutexLock lock(&mutex_);
    entries_ = kept;
    total_ = static_cast<int64_t>(wanted.size());
  }
  const int threads = static_cast<int>(std::min<size_t>(options_.threads, work_.size()));
  RunOnThreads("cache", threads, [this] { Work(); });

  absl::MutexLock lock(&mutex_);
  Report(/*last=*/true);
  FOVEA_RETURN_IF_ERROR(error_);
  FOVEA_RETURN_IF_ERROR(stop_.Check());
  if (fsync(data_.get()) != 0) return ErrnoStatus(errno, paths_.data);
  FOVEA_RETURN_IF_ERROR(WriteFileAtomic(paths_.index, AllLines(entries_)));
  FOVEA_RETURN_IF_ERROR(RemoveAll(paths_.journal));
  return entries_;
}

absl::StatusOr<CacheEntries> CacheBuilder::Recover() {
  absl::StatusOr<std::string> text = ReadFile(paths_.index);
  if (!text.ok()) text = ReadFile(paths_.journal);
  if (!text.ok()) return CacheEntries();
  CacheEntries found = ParseCacheLines(*text);
  // Bad photographs are tried again: the file may be there now.
  std::erase_if(found, [](const auto& item) { return item.second.bad(); });
  return VerifyEntries(paths_, found, options_.threads, stop_);
}

absl::Status CacheBuilder::OpenFiles(const CacheEntries& kept) {
  // The journal is complete before the index goes, so that a crash here loses nothing.
  FOVEA_RETURN_IF_ERROR(WriteFileAtomic(paths_.journal, AllLines(kept)));
  FOVEA_RETURN_IF_ERROR(RemoveAll(paths_.index));
  int64_t end = 0;
  for (const auto& [sha256, entry] : kept) end = std::max(end, entry.offset + entry.bytes());
  data_ = FileDescriptor(open(paths_.data.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (!data_.valid() || ftruncate(data_.get(), end) != 0) return ErrnoStatus(errno, paths_.data);
  journal_ = FileDescriptor(open(paths_.journal.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!journal_.valid()) return ErrnoStatus(errno, paths_.journal);
  absl::MutexLock lock(&mutex_);
  end_ = end;
  return absl::OkStatus();
}

void CacheBuilder::Work() {
  while (true) {
    const SameContent* photographs = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      if (next_work_ >= work_.size() || !error_.ok() || stop_.requested()) return;
      photographs = &work_[next_work_++];
    }
    const absl::Status stored = Store(items_[photographs->front()].sha256, Load(*photographs));
    absl::MutexLock lock(&mutex_);
    if (!stored.ok() && error_.ok()) error_ = stored;
    Report(/*last=*/false);
  }
}

absl::StatusOr<Image> CacheBuilder::Load(const SameContent& photographs) const {
  absl::Status first_error;
  for (const size_t index : photographs) {
    const DatasetItem& item = items_[index];
    absl::StatusOr<std::string> bytes = ReadItem(options_.files, item, options_.limits.max_bytes);
    if (bytes.ok()) return LoadImage(*bytes, options_.spec, options_.limits);
    first_error.Update(ReadError(bytes.status()));
  }
  return first_error;
}

absl::Status CacheBuilder::Store(const std::string& sha256, const absl::StatusOr<Image>& image) {
  // Want of memory is no fault of the photograph.
  if (absl::IsResourceExhausted(image.status())) return image.status();
  CacheEntry entry;
  if (image.ok()) {
    entry.width = image->width;
    entry.height = image->height;
    entry.crc = CacheCrc(image->rgb.data(), entry.bytes());
    {
      absl::MutexLock lock(&mutex_);
      entry.offset = end_;
      end_ += entry.bytes();
    }
    const absl::string_view pixels(reinterpret_cast<const char*>(image->rgb.data()),
                                   image->rgb.size());
    FOVEA_RETURN_IF_ERROR(PwriteAll(data_.get(), pixels, entry.offset, paths_.data));
  } else {
    entry.bad_reason = std::string(image.status().message());
  }
  absl::MutexLock lock(&mutex_);
  FOVEA_RETURN_IF_ERROR(WriteAll(journal_.get(), CacheLine(sha256, entry), paths_.journal));
  if (entry.bad()) ++bad_;
  entries_[sha256] = std::move(entry);
  return absl::OkStatus();
}

void CacheBuilder::Report(bool last) {
  const steady_clock::time_point now = steady_clock::now();
  if (!last && now - reported_ < std::chrono::seconds(1)) return;
  reported_ = now;
  CacheProgress progress;
  progress.done = static_cast<int64_t>(entries_.size());
  progress.total = total_;
  progress.bad = bad_;
  const double seconds = duration<double>(now - start_).count();
  progress.images_per_second =
      seconds > 0 ? static_cast<double>(progress.done - recovered_) / seconds : 0;
  progress_(progress);
}

}  // namespace fovea
