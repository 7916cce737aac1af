// The photographs of an epoch and their order. Depends on nothing but its arguments.
#pragma once

#include <cstdint>
#include <vector>

#include "server/training/options.h"
#include "server/training/sample.h"

namespace fovea {

// A permutation of 0 .. count - 1, by Fisher and Yates from RandomStream{seed, epoch}; every order
// is equally likely. `epoch` counts from 1.
std::vector<int64_t> EpochOrder(uint64_t seed, int epoch, int64_t count);

// As many indices into `labels` as it has, drawn with replacement from RandomStream{seed, epoch}: a
// class, each that occurs with equal probability, then one of its photographs, each with equal
// probability. Labels are 0 or more.
std::vector<int64_t> BalancedDraw(uint64_t seed, int epoch, const std::vector<int64_t>& labels);

// The samples of an epoch in order, as many as the train part has; `draw` counts how often each was
// there before.
std::vector<Sample> EpochSamples(Sampling sampling, uint64_t seed, int epoch,
                                 const std::vector<Sample>& train);

// Training steps of an epoch: the last batch may be smaller, as with torch.utils.data.DataLoader's
// drop_last=False. A last batch of one photograph is left out where the network's last feature map
// is a single pixel (crop_size <= 32): batch normalisation has no variance over one value, and
// PyTorch refuses it.
int64_t StepsPerEpoch(int64_t images, int batch_size, int crop_size);

}  // namespace fovea
