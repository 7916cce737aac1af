#include "server/serving/work_queue.h"

#include <gtest/gtest.h>

#include <future>
#include <string>

namespace fovea {
namespace {

class WorkQueueTest : public testing::Test {
 protected:
  // Of an item called `name`, which its task's model holds.
  static WorkItemPtr Item(const std::string& name, int priority = kDefaultPriority) {
    auto item = std::make_unique<WorkItem>();
    item->task.model = name;
    item->task.priority = priority;
    return item;
  }

  void Add(WorkQueue& queue, const std::string& name, int priority = kDefaultPriority) {
    WorkItemPtr item = Item(name, priority);
    ASSERT_TRUE(queue.Add(&item).ok());
  }

  // Decodes so many.
  static void MakeReady(WorkQueue& queue, int count) {
    for (int i = 0; i < count; ++i) EXPECT_EQ(queue.MoveToReady(queue.NextToDecode()), nullptr);
  }

  Metrics metrics_;
};

TEST_F(WorkQueueTest, ALoneItemHasAllCores) {
  WorkQueue queue({.cores = 4, .max_batch_cores = 4}, &metrics_);
  Add(queue, "a");
  MakeReady(queue, 1);
  const WorkQueue::Batch batch = queue.NextBatch(/*wide=*/true);
  EXPECT_EQ(batch.items.size(), 1u);
  EXPECT_EQ(batch.cores, 4);
  EXPECT_EQ(queue.depth(), 0);
}

TEST_F(WorkQueueTest, ABatchTakesNoMoreCoresThanItMay) {
  WorkQueue queue({.cores = 4, .max_batch_cores = 3}, &metrics_);
  Add(queue, "a");
  MakeReady(queue, 1);
  EXPECT_EQ(queue.NextBatch(true).cores, 3);
}

TEST_F(WorkQueueTest, ManyAreSharedFairlyAmongCores) {
  WorkQueue queue({.max_batch = 8, .cores = 2, .max_batch_cores = 2}, &metrics_);
  for (int i = 0; i < 6; ++i) Add(queue, "a");
  MakeReady(queue, 6);
  const WorkQueue::Batch first = queue.NextBatch(true);
  EXPECT_EQ(first.items.size(), 3u);
  EXPECT_EQ(first.cores, 1);
  const WorkQueue::Batch second = queue.NextBatch(false);
  EXPECT_EQ(second.items.size(), 3u);
  EXPECT_EQ(second.cores, 1);
  EXPECT_EQ(queue.depth(), 0);
}

TEST_F(WorkQueueTest, ABatchLeavesCoresToWhatIsToBeDecoded) {
  WorkQueue queue({.cores = 4, .max_batch_cores = 4}, &metrics_);
  Add(queue, "a");
  MakeReady(queue, 1);
  Add(queue, "b");
  Add(queue, "c");
  EXPECT_EQ(queue.NextBatch(true).cores, 2);
}

TEST_F(WorkQueueTest, NothingStartsWithoutAFreeCore) {
  WorkQueue queue({.cores = 1, .max_batch_cores = 1}, &metrics_);
  Add(queue, "a");
  MakeReady(queue, 1);
  const WorkQueue::Batch batch = queue.NextBatch(true);
  Add(queue, "b");
  auto decoded = std::async(std::launch::async, [&] { return queue.NextToDecode(); });
  EXPECT_EQ(queue.depth(), 1);
  queue.Release(batch);
  EXPECT_EQ(decoded.get()->task.model, "b");
}

TEST_F(WorkQueueTest, ADeviceTakesNoCoreAndFullBatches) {
  WorkQueue queue({.max_batch = 4, .cores = 1, .max_batch_cores = 0}, &metrics_);
  for (int i = 0; i < 6; ++i) Add(queue, "a");
  MakeReady(queue, 5);
  EXPECT_EQ(queue.NextBatch(true).items.size(), 4u);
  MakeReady(queue, 1);  // Although no batch was given back.
  EXPECT_EQ(queue.NextBatch(true).items.size(), 2u);
}

TEST_F(WorkQueueTest, LowerNumbersOfPriorityGoFirstThenTheOrderOfArrival) {
  WorkQueue queue({.cores = 1, .max_batch_cores = 1}, &metrics_);
  Add(queue, "e", 10);
  Add(queue, "c");
  Add(queue, "a", 1);
  Add(queue, "d");
  Add(queue, "b", 1);
  std::string order;
  while (order.size() < 5) {
    WorkItemPtr item = queue.NextToDecode();
    order += item->task.model;
    queue.LeaveAfterDecoding(*item);
  }
  EXPECT_EQ(order, "abcde");
}

TEST_F(WorkQueueTest, PrioritiesHoldForBatchesToo) {
  WorkQueue queue({.max_batch = 1, .cores = 1, .max_batch_cores = 1}, &metrics_);
  Add(queue, "late", 10);
  MakeReady(queue, 1);
  Add(queue, "first", 1);
  // No other thread waits for a batch, so decoding goes on.
  MakeReady(queue, 1);
  EXPECT_EQ(queue.NextBatch(true).items[0]->task.model, "first");
}

TEST_F(WorkQueueTest, ABatchMayWaitToFillUp) {
  WorkQueue queue({.max_batch = 2, .max_queue_delay = absl::InfiniteDuration(), .cores = 2,
                   .max_batch_cores = 2},
                  &metrics_);
  Add(queue, "a");
  MakeReady(queue, 1);
  auto batch = std::async(std::launch::async, [&] { return queue.NextBatch(true); });
  Add(queue, "b");
  MakeReady(queue, 1);
  EXPECT_EQ(batch.get().items.size(), 2u);
}

TEST_F(WorkQueueTest, ABatchThatDoesNotFillUpGoesAfterTheDelay) {
  WorkQueue queue({.max_batch = 2, .max_queue_delay = absl::Milliseconds(1), .cores = 2,
                   .max_batch_cores = 2},
                  &metrics_);
  Add(queue, "a");
  MakeReady(queue, 1);
  EXPECT_EQ(queue.NextBatch(true).items.size(), 1u);
}

TEST_F(WorkQueueTest, FullRefusesSingleRequestsOnly) {
  WorkQueue queue({.max_queue = 1, .cores = 1, .max_batch_cores = 1}, &metrics_);
  Add(queue, "a");
  WorkItemPtr refused = Item("b");
  EXPECT_EQ(queue.Add(&refused).code(), absl::StatusCode::kResourceExhausted);
  ASSERT_NE(refused, nullptr);
  refused->admission = Admission::kWindowed;
  EXPECT_TRUE(queue.Add(&refused).ok());
  EXPECT_EQ(queue.depth(), 2);
}

TEST_F(WorkQueueTest, CloseReturnsWhatWaitsAndEndsAllWaiting) {
  WorkQueue queue({.cores = 2, .max_batch_cores = 2}, &metrics_);
  for (int i = 0; i < 3; ++i) Add(queue, "a");
  MakeReady(queue, 1);
  WorkItemPtr decoding = queue.NextToDecode();
  auto explain = std::async(std::launch::async, [&] { return queue.NextToExplain(); });
  EXPECT_EQ(queue.Close().size(), 2u);
  EXPECT_EQ(explain.get(), nullptr);
  EXPECT_NE(queue.MoveToReady(std::move(decoding)), nullptr);
  EXPECT_EQ(queue.NextToDecode(), nullptr);
  EXPECT_TRUE(queue.NextBatch(false).items.empty());
  WorkItemPtr late = Item("late");
  EXPECT_EQ(queue.Add(&late).code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(queue.AddToExplain(std::move(late)), nullptr);
  EXPECT_EQ(queue.depth(), 0);
}

}  // namespace
}  // namespace fovea
