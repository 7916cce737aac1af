#include "server/oip/infer_response.h"

#include <algorithm>
#include <utility>

namespace fovea {
namespace {

// Elements a row; 0: no dimension for them.
int RowSize(const WantedOutput& wanted, const Manifest& manifest) {
  if (!wanted.output.per_class) return 0;
  if (wanted.classification == 0) return manifest.num_classes;
  return std::min(wanted.classification, manifest.num_classes);
}

}  // namespace

void FillOutputs(const InferPlan& plan, const std::vector<Classification>& answers,
                 inference::ModelInferResponse* response) {
  const Manifest& manifest = answers[0].served->model->manifest();
  for (const WantedOutput& wanted : plan.outputs) {
    auto* tensor = response->add_outputs();
    tensor->set_name(wanted.output.name);
    tensor->set_datatype(DatatypeName(wanted.classification > 0 ? Datatype::kBytes
                                                                : wanted.output.datatype));
    tensor->add_shape(static_cast<int64_t>(answers.size()));
    if (const int row = RowSize(wanted, manifest); row > 0) tensor->add_shape(row);
    inference::InferTensorContents contents;
    for (const Classification& answer : answers) {
      if (wanted.classification > 0) {
        AppendClassification(wanted.output, answer, wanted.classification, &contents);
      } else {
        wanted.output.append(answer, &contents);
      }
    }
    if (plan.raw) {
      response->add_raw_output_contents(RawContents(contents));
    } else {
      *tensor->mutable_contents() = std::move(contents);
    }
  }
}

}  // namespace fovea
