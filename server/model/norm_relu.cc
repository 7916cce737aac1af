#include "server/model/norm_relu.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <functional>
#include <type_traits>
#include <vector>

#include "server/model/norm_kernels.h"

namespace fovea {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

// Numbers that one thread adds up as floats; the sums are added as doubles.
constexpr int64_t kPart = 1 << 15;

// The rows of a channels_last tensor, in parts that threads take.
class Rows {
 public:
  explicit Rows(const Tensor& x)
      : channels_(x.size(1)),
        rows_(x.numel() / channels_),
        part_(std::max<int64_t>(16, kPart / channels_)) {}

  int64_t channels() const { return channels_; }
  int64_t rows() const { return rows_; }
  int64_t parts() const { return (rows_ + part_ - 1) / part_; }

  // Calls run(part, range, number of the first element) for each part, on several threads.
  template <typename Run>
  void ForEachPart(const Run& run) const {
    at::parallel_for(0, parts(), 1, [&](int64_t begin, int64_t end) {
      for (int64_t part = begin; part < end; ++part) {
        const int64_t first = part * part_;
        run(part, RowRange{std::min(part_, rows_ - first), channels_}, first * channels_);
      }
    });
  }

 private:
  const int64_t channels_, rows_, part_;
};

// Two sums a channel, of all parts.
struct TwoSums {
  explicit TwoSums(const Rows& rows)
      : channels(rows.channels()), of_parts(rows.parts() * 2 * channels) {}

  float* First(int64_t part) { return of_parts.data() + part * 2 * channels; }
  float* Second(int64_t part) { return First(part) + channels; }

  // Of all parts: the sums of one kind (0 or 1).
  std::vector<double> Total(int kind) const {
    std::vector<double> total(channels);
    const int64_t parts = static_cast<int64_t>(of_parts.size()) / (2 * channels);
    for (int64_t part = 0; part < parts; ++part) {
      const float* sums = of_parts.data() + (2 * part + kind) * channels;
      for (int64_t c = 0; c < channels; ++c) total[c] += sums[c];
    }
    return total;
  }

  const int64_t channels;
  std::vector<float> of_parts;
};

// Calls with a null pointer of the type that the kernels have for a tensor's.
template <typename Run>
void WithType(const Tensor& x, const Run& run) {
  if (x.scalar_type() == torch::kBFloat16) return run(static_cast<Bfloat16*>(nullptr));
  run(static_cast<float*>(nullptr));
}

template <typename T>
T* Data(const Tensor& x) {
  return x.defined() ? static_cast<T*>(x.data_ptr()) : nullptr;
}

struct Statistics {
  std::vector<double> mean, variance;  // By channel, the variance biased.
};

template <typename T>
Statistics StatisticsOf(const Tensor& x) {
  const Rows rows(x);
  const T* data = Data<T>(x);
  // Distances from any value of the channel are small where the mean is far from 0.
  const Tensor first = x.select(0, 0).select(1, 0).select(1, 0).to(torch::kFloat).contiguous();
  const float* shift = first.const_data_ptr<float>();
  TwoSums sums(rows);
  rows.ForEachPart([&](int64_t part, RowRange range, int64_t begin) {
    BestNormKernels<T>().sums(
        {range, data + begin, shift, sums.First(part), sums.Second(part)});
  });
  Statistics statistics = {sums.Total(0), sums.Total(1)};
  const double count = static_cast<double>(rows.rows());
  for (int64_t c = 0; c < rows.channels(); ++c) {
    const double distance = statistics.mean[c] / count;
    statistics.mean[c] = shift[c] + distance;
    statistics.variance[c] =
        std::max(0.0, statistics.variance[c] / count - distance * distance);
  }
  return statistics;
}

void MoveRunning(torch::nn::BatchNorm2dImpl& norm, const Statistics& batch, int64_t count) {
  const double momentum = norm.options.momentum().value();
  const double unbiased = static_cast<double>(count) / static_cast<double>(count - 1);
  float* mean = norm.running_mean.mutable_data_ptr<float>();
  float* variance = norm.running_var.mutable_data_ptr<float>();
  for (size_t c = 0; c < batch.mean.size(); ++c) {
    mean[c] = static_cast<float>((1 - momentum) * mean[c] + momentum * batch.mean[c]);
    variance[c] = static_cast<float>((1 - momentum) * variance[c] +
                                     momentum * batch.variance[c] * unbiased);
  }
  norm.num_batches_tracked.add_(1);
}

// By channel, float: the result is x * scale + offset.
struct Line {
  Tensor mean, deviation, scale, offset;  // `deviation`: 1 / sqrt(variance + eps).
};

Line LineOf(const torch::nn::BatchNorm2dImpl& norm, const Statistics& statistics) {
  const int64_t channels = static_cast<int64_t>(statistics.mean.size());
  const float* weight = norm.weight.const_data_ptr<float>();
  const float* bias = norm.bias.const_data_ptr<float>();
  const Tensor all = torch::empty({4, channels}, torch::kFloat);
  const Line line = {all[0], all[1], all[2], all[3]};
  float* mean = all.mutable_data_ptr<float>();
  for (int64_t c = 0; c < channels; ++c) {
    const double deviation = 1 / std::sqrt(statistics.variance[c] + norm.options.eps());
    mean[c] = static_cast<float>(statistics.mean[c]);
    mean[channels + c] = static_cast<float>(deviation);
    mean[2 * channels + c] = static_cast<float>(weight[c] * deviation);
    mean[3 * channels + c] =
        static_cast<float>(bias[c] - statistics.mean[c] * weight[c] * deviation);
  }
  return line;
}

template <typename T>
void Apply(const Tensor& x, const Tensor& shortcut, const Line& line, bool relu,
           const Tensor& out) {
  const T* data = Data<T>(x);
  const T* add = Data<T>(shortcut);
  T* result = Data<T>(out);
  const float* scale = line.scale.const_data_ptr<float>();
  const float* offset = line.offset.const_data_ptr<float>();
  Rows(x).ForEachPart([&](int64_t, RowRange range, int64_t begin) {
    BestNormKernels<T>().apply({range, data + begin, add == nullptr ? nullptr : add + begin, scale,
                                offset, relu, result + begin});
  });
}

// Moves the running statistics and gives the line of the batch's own.
Line Prepare(torch::nn::BatchNorm2dImpl& norm, const Tensor& x) {
  Statistics statistics;
  WithType(x, [&]<typename T>(T*) { statistics = StatisticsOf<T>(x); });
  MoveRunning(norm, statistics, x.numel() / x.size(1));
  return LineOf(norm, statistics);
}

void Run(const Tensor& x, const Tensor& shortcut, const Line& line, bool relu, const Tensor& out) {
  WithType(x, [&]<typename T>(T*) { Apply<T>(x, shortcut, line, relu, out); });
}

struct Gradients {
  Tensor x, shortcut, weight, bias;
};

template <typename T>
Gradients Backward(const Tensor& gradient, const Tensor& x, const Tensor& result, const Line& line,
                   Mask mask) {
  const Rows rows(x);
  const int64_t channels = rows.channels();
  Gradients out = {torch::empty_like(x), {}, torch::empty({channels}, torch::kFloat),
                   torch::empty({channels}, torch::kFloat)};
  if (mask == Mask::kOfResult) out.shortcut = torch::empty_like(x);
  const T* incoming = Data<T>(gradient);
  const T* data = Data<T>(x);
  const T* results = Data<T>(result);
  T* passed = Data<T>(out.shortcut);
  const auto at = [](auto* numbers, int64_t begin) {
    return numbers == nullptr ? nullptr : numbers + begin;
  };
  const float* scale = line.scale.const_data_ptr<float>();
  const float* offset = line.offset.const_data_ptr<float>();
  const float* mean = line.mean.const_data_ptr<float>();
  const float* deviation = line.deviation.const_data_ptr<float>();
  TwoSums sums(rows);
  rows.ForEachPart([&](int64_t part, RowRange range, int64_t begin) {
    BestNormKernels<T>().gradient_sums({range, incoming + begin, data + begin, at(results, begin),
                                        scale, offset, mean, mask, sums.First(part),
                                        sums.Second(part), at(passed, begin)});
  });
  const std::vector<double> sum = sums.Total(0), products = sums.Total(1);
  std::vector<float> b(channels), c(channels);
  const double count = static_cast<double>(rows.rows());
  for (int64_t i = 0; i < channels; ++i) {
    out.bias.mutable_data_ptr<float>()[i] = static_cast<float>(sum[i]);
    out.weight.mutable_data_ptr<float>()[i] = static_cast<float>(products[i] * deviation[i]);
    const double slope = products[i] / count * deviation[i] * deviation[i];
    b[i] = static_cast<float>(-scale[i] * slope);
    c[i] = static_cast<float>(scale[i] * (slope * mean[i] - sum[i] / count));
  }
  // What has passed the ReLU passes no second one.
  const T* passing = passed != nullptr ? passed : incoming;
  const Mask rest = mask == Mask::kOfResult ? Mask::kNone : mask;
  T* of_x = Data<T>(out.x);
  rows.ForEachPart([&](int64_t, RowRange range, int64_t begin) {
    BestNormKernels<T>().gradient({range, passing + begin, data + begin, scale, offset, scale,
                                   b.data(), c.data(), rest, of_x + begin});
  });
  return out;
}

class Function : public torch::autograd::Function<Function> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& x,
                        const std::optional<Tensor>& added, const Tensor& weight,
                        const Tensor& bias, torch::nn::BatchNorm2dImpl* norm, bool relu) {
    (void)weight, (void)bias;  // Of `norm`; they are here to be given gradients.
    const Tensor shortcut = added.value_or(Tensor());
    const Line line = Prepare(*norm, x);
    const Tensor out = torch::empty_like(x);
    Run(x, shortcut, line, relu, out);
    const bool add = shortcut.defined();
    const Mask mask = !relu ? Mask::kNone : add ? Mask::kOfResult : Mask::kOfInput;
    context->saved_data["mask"] = static_cast<int64_t>(mask);
    context->save_for_backward({x, add ? out : Tensor(), line.mean, line.deviation, line.scale,
                                line.offset});
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor& x = saved[0];
    const Line line = {saved[2], saved[3], saved[4], saved[5]};
    const Mask mask = static_cast<Mask>(context->saved_data["mask"].toInt());
    const Tensor gradient =
        gradients[0].to(x.scalar_type()).contiguous(torch::MemoryFormat::ChannelsLast);
    Gradients result;
    WithType(x, [&]<typename T>(T*) {
      result = Backward<T>(gradient, x, saved[1], line, mask);
    });
    return {result.x, result.shortcut, result.weight, result.bias, Variable(), Variable()};
  }
};

bool IsRows(const Tensor& x) {
  const bool known =
      x.scalar_type() == torch::kFloat || x.scalar_type() == torch::kBFloat16;
  return known && x.is_cpu() && x.is_contiguous(torch::MemoryFormat::ChannelsLast);
}

// Whether the kernels can be used; `shortcut` may be undefined.
bool InOnePass(const torch::nn::BatchNorm2dImpl& norm, const Tensor& x, const Tensor& shortcut) {
  if (!norm.is_training() || !IsRows(x) || x.numel() / x.size(1) < 2) return false;
  if (norm.weight.scalar_type() != torch::kFloat) return false;
  return !shortcut.defined() ||
         (IsRows(shortcut) && shortcut.scalar_type() == x.scalar_type() &&
          shortcut.sizes() == x.sizes());
}

Tensor All(torch::nn::BatchNorm2dImpl& norm, const Tensor& x, const Tensor& shortcut, bool relu) {
  if (!InOnePass(norm, x, shortcut)) {
    Tensor y = norm.forward(x);
    if (shortcut.defined()) y += shortcut;
    return relu ? y.relu_() : y;
  }
  if (torch::GradMode::is_enabled()) {
    const std::optional<Tensor> added =
        shortcut.defined() ? std::optional<Tensor>(shortcut) : std::nullopt;
    return Function::apply(x, added, norm.weight, norm.bias, &norm, relu);
  }
  Run(x, shortcut, Prepare(norm, x), relu, x);
  return x;
}

}  // namespace

Tensor Norm(torch::nn::BatchNorm2dImpl& norm, const Tensor& x) { return All(norm, x, {}, false); }
Tensor NormRelu(torch::nn::BatchNorm2dImpl& norm, const Tensor& x) {
  return All(norm, x, {}, true);
}
Tensor NormAddRelu(torch::nn::BatchNorm2dImpl& norm, const Tensor& x, const Tensor& shortcut) {
  return All(norm, x, shortcut, true);
}

}  // namespace fovea
