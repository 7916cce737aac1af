// Tells ThreadSanitizer how Debian's Abseil and gRPC synchronise. Built only for the preset `tsan`.
//
// The packages are not instrumented, so the sanitizer would not see that absl::Mutex orders
// anything, and report every guarded member as a race; nor that what was done before StartRead comes
// before OnReadDone. The functions here have the names of the libraries' own, take their place in
// the program, and call the originals between annotations.
#include <dlfcn.h>
#include <grpc/grpc.h>
#include <sanitizer/tsan_interface.h>

#include "absl/base/options.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace {

using absl::Condition;
using absl::Duration;
using absl::Time;

// Abseil's functions call each other; only the outermost is annotated.
thread_local int depth = 0;

class Scope {
 public:
  Scope() { ++depth; }
  ~Scope() { --depth; }
  bool outermost() const { return depth == 1; }
};

template <typename Function>
Function* Original(Function*, const char* symbol) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, symbol));
}

// Around a call that takes a mutex.
template <typename Call>
auto Taking(void* mutex, unsigned flags, Call call) {
  const Scope scope;
  if (!scope.outermost()) return call();
  __tsan_mutex_pre_lock(mutex, flags);
  struct After {
    void* mutex;
    unsigned flags;
    ~After() { __tsan_mutex_post_lock(mutex, flags, 0); }
  } after{mutex, flags};
  return call();
}

// Around a call that gives a mutex back.
template <typename Call>
void Giving(void* mutex, unsigned flags, Call call) {
  const Scope scope;
  if (!scope.outermost()) return call();
  __tsan_mutex_pre_unlock(mutex, flags);
  call();
  __tsan_mutex_post_unlock(mutex, flags);
}

// Around a call that gives a mutex back, waits, and takes it again.
template <typename Call>
auto Waiting(void* mutex, Call call) {
  Giving(mutex, 0, [] {});
  return Taking(mutex, 0, call);
}

}  // namespace

// Debian's name of Abseil's inline namespace has seven letters, as the symbols say.
#define FOVEA_STRING_(name) #name
#define FOVEA_STRING(name) FOVEA_STRING_(name)
#define FOVEA_NAMESPACE FOVEA_STRING(ABSL_OPTION_INLINE_NAMESPACE_NAME)
static_assert(sizeof(FOVEA_NAMESPACE) == 8, "written for Debian's Abseil");
#define FOVEA_SYMBOL(rest) "_ZN4absl7" FOVEA_NAMESPACE rest
#define FOVEA_CONST_SYMBOL(rest) "_ZNK4absl7" FOVEA_NAMESPACE rest

#define FOVEA_REPLACE(result, name, symbol, params) \
  extern "C" result name params asm(symbol);        \
  extern "C" result name params

#define FOVEA_ORIGINAL(name, symbol) \
  static auto* const original = Original(&name, symbol)

#define FOVEA_MUTEX_CALL(name, symbol, around, flags)                          \
  FOVEA_REPLACE(void, name, FOVEA_SYMBOL(symbol), (void* mutex)) {             \
    FOVEA_ORIGINAL(name, FOVEA_SYMBOL(symbol));                                \
    around(mutex, flags, [mutex] { original(mutex); });                        \
  }

FOVEA_MUTEX_CALL(FoveaLock, "5Mutex4LockEv", Taking, 0)
FOVEA_MUTEX_CALL(FoveaUnlock, "5Mutex6UnlockEv", Giving, 0)
FOVEA_MUTEX_CALL(FoveaReaderLock, "5Mutex10ReaderLockEv", Taking, __tsan_mutex_read_lock)
FOVEA_MUTEX_CALL(FoveaReaderUnlock, "5Mutex12ReaderUnlockEv", Giving, __tsan_mutex_read_lock)

FOVEA_REPLACE(bool, FoveaTryLock, FOVEA_SYMBOL("5Mutex7TryLockEv"), (void* mutex)) {
  FOVEA_ORIGINAL(FoveaTryLock, FOVEA_SYMBOL("5Mutex7TryLockEv"));
  const Scope scope;
  if (!scope.outermost()) return original(mutex);
  __tsan_mutex_pre_lock(mutex, __tsan_mutex_try_lock);
  const bool locked = original(mutex);
  __tsan_mutex_post_lock(
      mutex, locked ? __tsan_mutex_try_lock : __tsan_mutex_try_lock_failed, 0);
  return locked;
}

FOVEA_REPLACE(void, FoveaDestroy, FOVEA_SYMBOL("5MutexD1Ev"), (void* mutex)) {
  FOVEA_ORIGINAL(FoveaDestroy, FOVEA_SYMBOL("5MutexD1Ev"));
  original(mutex);
  __tsan_mutex_destroy(mutex, __tsan_mutex_linker_init);
}

#define FOVEA_LOCK_WHEN "5Mutex8LockWhenERKNS0_9ConditionE"
FOVEA_REPLACE(void, FoveaLockWhen, FOVEA_SYMBOL(FOVEA_LOCK_WHEN),
              (void* mutex, const Condition& condition)) {
  FOVEA_ORIGINAL(FoveaLockWhen, FOVEA_SYMBOL(FOVEA_LOCK_WHEN));
  Taking(mutex, 0, [&] { original(mutex, condition); });
}

#define FOVEA_AWAIT "5Mutex5AwaitERKNS0_9ConditionE"
FOVEA_REPLACE(void, FoveaAwait, FOVEA_SYMBOL(FOVEA_AWAIT),
              (void* mutex, const Condition& condition)) {
  FOVEA_ORIGINAL(FoveaAwait, FOVEA_SYMBOL(FOVEA_AWAIT));
  Waiting(mutex, [&] { original(mutex, condition); });
}

// Functions (mutex, condition, limit) -> whether the condition holds; the mutex is held after them
// either way.
#define FOVEA_CONDITION_CALL(name, symbol, limit_type, around)                                    \
  FOVEA_REPLACE(bool, name, FOVEA_SYMBOL(symbol),                                                 \
                (void* mutex, const Condition& condition, limit_type limit)) {                    \
    FOVEA_ORIGINAL(name, FOVEA_SYMBOL(symbol));                                                   \
    return around(mutex, [&] { return original(mutex, condition, limit); });                      \
  }

namespace {
template <typename Call>
auto TakingWhen(void* mutex, Call call) {
  return Taking(mutex, 0, call);
}
}  // namespace

FOVEA_CONDITION_CALL(FoveaAwaitFor, "5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE",
                     Duration, Waiting)
FOVEA_CONDITION_CALL(FoveaAwaitUntil, "5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE", Time,
                     Waiting)
FOVEA_CONDITION_CALL(FoveaLockWhenFor, "5Mutex19LockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE",
                     Duration, TakingWhen)
FOVEA_CONDITION_CALL(FoveaLockWhenUntil, "5Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE",
                     Time, TakingWhen)

FOVEA_REPLACE(void, FoveaWait, FOVEA_SYMBOL("7CondVar4WaitEPNS0_5MutexE"),
              (void* variable, void* mutex)) {
  FOVEA_ORIGINAL(FoveaWait, FOVEA_SYMBOL("7CondVar4WaitEPNS0_5MutexE"));
  Waiting(mutex, [&] { original(variable, mutex); });
}

// Functions (variable, mutex, limit) -> whether the limit passed.
#define FOVEA_VARIABLE_CALL(name, symbol, limit_type)                                   \
  FOVEA_REPLACE(bool, name, FOVEA_SYMBOL(symbol),                                       \
                (void* variable, void* mutex, limit_type limit)) {                      \
    FOVEA_ORIGINAL(name, FOVEA_SYMBOL(symbol));                                         \
    return Waiting(mutex, [&] { return original(variable, mutex, limit); });            \
  }

FOVEA_VARIABLE_CALL(FoveaWaitFor, "7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE", Duration)
FOVEA_VARIABLE_CALL(FoveaWaitUntil, "7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE", Time)

FOVEA_REPLACE(void, FoveaNotify, FOVEA_SYMBOL("12Notification6NotifyEv"), (void* notification)) {
  FOVEA_ORIGINAL(FoveaNotify, FOVEA_SYMBOL("12Notification6NotifyEv"));
  __tsan_release(notification);
  original(notification);
}

#define FOVEA_WAIT_NOTIFIED "12Notification19WaitForNotificationEv"
FOVEA_REPLACE(void, FoveaWaitNotified, FOVEA_CONST_SYMBOL(FOVEA_WAIT_NOTIFIED),
              (void* notification)) {
  FOVEA_ORIGINAL(FoveaWaitNotified, FOVEA_CONST_SYMBOL(FOVEA_WAIT_NOTIFIED));
  original(notification);
  __tsan_acquire(notification);
}

#define FOVEA_WAIT_NOTIFIED_FOR "12Notification30WaitForNotificationWithTimeoutENS0_8DurationE"
FOVEA_REPLACE(bool, FoveaWaitNotifiedFor, FOVEA_CONST_SYMBOL(FOVEA_WAIT_NOTIFIED_FOR),
              (void* notification, Duration limit)) {
  FOVEA_ORIGINAL(FoveaWaitNotifiedFor, FOVEA_CONST_SYMBOL(FOVEA_WAIT_NOTIFIED_FOR));
  const bool notified = original(notification, limit);
  if (notified) __tsan_acquire(notification);
  return notified;
}

// An operation is started with a tag, and its completion carries the same tag.
extern "C" grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops, size_t count,
                                                 void* tag, void* reserved) {
  FOVEA_ORIGINAL(grpc_call_start_batch, "grpc_call_start_batch");
  __tsan_release(tag);
  return original(call, ops, count, tag, reserved);
}

extern "C" grpc_event grpc_completion_queue_next(grpc_completion_queue* queue, gpr_timespec deadline,
                                                 void* reserved) {
  FOVEA_ORIGINAL(grpc_completion_queue_next, "grpc_completion_queue_next");
  const grpc_event event = original(queue, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE) __tsan_acquire(event.tag);
  return event;
}
