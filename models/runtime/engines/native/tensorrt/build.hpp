// ONNX network -> engine of TensorRT for this device, serialized.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "../common/engine.hpp"
#include "log.hpp"
#include "versions.hpp"

namespace cspcam {
namespace tensorrt {

struct Built {
  std::unique_ptr<nvinfer1::IHostMemory> plan;
  /// The coarsest that it may use: fp32, fp16 or int8.
  std::string precision;
  /// What was learned of this device: the next network is built faster with it.
  std::vector<char> timings;
};

/**
 * @param device for messages
 * @param timings of former builds; empty for none, and what does not fit is as none
 * @throws Failure with what TensorRT said first
 */
Built build(const OpenRequest& request, const std::string& device, const std::vector<char>& timings, Log& log,
            const BuildProgress& progress);

}  // namespace tensorrt
}  // namespace cspcam
