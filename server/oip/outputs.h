// The outputs of a model: which there are, and their values for what the engine answered.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "inference/grpc_service.pb.h"
#include "server/model/manifest.h"
#include "server/serving/engine.h"
#include "server/serving/input_kind.h"

namespace fovea {

enum class Datatype { kFp32, kInt32, kBytes };

// As in TensorMetadata.
const char* DatatypeName(Datatype datatype);

struct OipOutput {
  const char* name;
  Datatype datatype;
  bool per_class;  // Of shape [N, classes]; otherwise [N].
  // Appends the values for one input. What the quality gate refused has no grade: then numbers are
  // NaN, and integers -1.
  void (*append)(const Classification&, inference::InferTensorContents*);
};

// In the order that they are answered in. A model that takes tensors has one output, as clients
// that show classes expect.
absl::Span<const OipOutput> OutputsOf(const Manifest& manifest, InputKind kind);

// Instead of the values of an output with one a class: the `most` highest (1 or more, all where
// there are fewer) as "value:class:name", the highest first; "nan:-1:ungradable" in place of each
// for what the quality gate refused.
void AppendClassification(const OipOutput& output, const Classification& classification, int most,
                          inference::InferTensorContents* contents);

// The raw form of what is set.
std::string RawContents(const inference::InferTensorContents& contents);

}  // namespace fovea
