#include "slots.hpp"

#include <algorithm>
#include <cstdint>

namespace cspcam {
namespace tensorrt {
namespace {

/// What TensorRT wants of the address of a tensor.
constexpr std::uintptr_t ALIGNMENT = 256;

TensorType typeOf(const IoTensor& tensor) {
  switch (tensor.type) {
    case nvinfer1::DataType::kFLOAT: return TensorType::f32;
    case nvinfer1::DataType::kINT32: return TensorType::i32;
#if CSPCAM_TENSORRT(8, 5)
    case nvinfer1::DataType::kUINT8: return TensorType::u8;
#endif
#if CSPCAM_TENSORRT(10, 0)
    case nvinfer1::DataType::kINT64: return TensorType::i64;
#endif
    default: break;
  }
  throw Failure(FailureClass::files, "expected floats of 32 bits or integers for " + tensor.name +
                                         ", received type " + std::to_string(static_cast<int>(tensor.type)) +
                                         " of TensorRT");
}

TensorShape shapeOf(const IoTensor& tensor) {
  TensorShape shape{tensor.name, typeOf(tensor), {}};
  for (int i = 0; i < tensor.dims.nbDims; i++) {
    if (tensor.dims.d[i] < 1)
      throw Failure(FailureClass::files, "expected a fixed shape for " + tensor.name + ", received " +
                                             std::to_string(tensor.dims.d[i]) + " for axis " + std::to_string(i));
    shape.dims.push_back(static_cast<std::size_t>(tensor.dims.d[i]));
  }
  return shape;
}

}  // namespace

Tensors tensorsOf(const nvinfer1::ICudaEngine& engine, bool hasByteInput) {
  Tensors tensors{ioTensorsOf(engine), {}, false};
  const auto isInput = [](const IoTensor& tensor) { return tensor.isInput; };
  const auto inputs = std::count_if(tensors.io.begin(), tensors.io.end(), isInput);
  if (inputs != 1 || !tensors.io.front().isInput)
    throw Failure(FailureClass::files, "expected one input, received " + std::to_string(inputs));
  for (const IoTensor& tensor : tensors.io) tensors.shapes.push_back(shapeOf(tensor));
  TensorShape& input = tensors.shapes.front();
  tensors.widensInput = hasByteInput && input.type == TensorType::f32;
  if (tensors.widensInput) input.type = TensorType::u8;
  return tensors;
}

Slots::Slots(const Device& device, const Tensors& tensors, const std::vector<char*>& slots, const SlotLayout& layout)
    : tensors_(tensors), isIntegrated_(device.isIntegrated), stream_(newStream()), lent_(tensors.io.size()) {
  // It ends with the process, as the memory itself does.
  const bool isPinned = show(slots.front(), slots.size() * layout.bytes);
  for (char* slot : slots) {
    std::vector<Part> parts;
    for (std::size_t i = 0; i < tensors.io.size(); i++) {
      Part part{slot + layout.offsets[i], nullptr, tensors.shapes[i].bytes(), false};
      lend(part, i, isPinned && isIntegrated_);
      parts.push_back(part);
    }
    parts_.push_back(parts);
  }
}

/// @param isSeen whether the device computes where the slots are
void Slots::lend(Part& part, std::size_t tensor, bool isSeen) {
  const bool isWidened = tensor == 0 && tensors_.widensInput;
  const std::size_t bytes = isWidened ? part.bytes * sizeof(float) : part.bytes;
  if (isWidened && !floats_) floats_ = hostMemory(bytes);
  if (isWidened && isIntegrated_) {
    part.device = onDevice(floats_.get());
    return;
  }
  if (isSeen && !isWidened) {
    part.device = onDevice(part.host);
    if (reinterpret_cast<std::uintptr_t>(part.device) % ALIGNMENT == 0) return;
  }
  if (!lent_[tensor]) lent_[tensor] = deviceMemory(bytes);
  part.device = lent_[tensor].get();
  part.isCopied = true;
}

void Slots::run(nvinfer1::IExecutionContext& context, std::size_t slot) {
  const std::vector<Part>& parts = parts_[slot];
  bringInput(parts.front());
  std::vector<void*> addresses;
  for (const Part& part : parts) addresses.push_back(part.device);
  const bool isQueued = enqueue(context, tensors_.io, addresses, stream_.get());
  for (std::size_t i = 1; i < parts.size() && isQueued; i++)
    if (parts[i].isCopied)
      expectCuda(cudaMemcpyAsync(parts[i].host, parts[i].device, parts[i].bytes, cudaMemcpyDeviceToHost, stream_.get()),
                 "CUDA to copy an output");
  expectCuda(cudaStreamSynchronize(stream_.get()), "CUDA to finish a frame");
  if (!isQueued) throw Failure(FailureClass::other, "expected TensorRT to run a frame, received a refusal");
}

void Slots::bringInput(const Part& input) {
  const char* from = input.host;
  std::size_t bytes = input.bytes;
  if (tensors_.widensInput) {
    const auto* pixels = reinterpret_cast<const std::uint8_t*>(input.host);
    std::transform(pixels, pixels + input.bytes, static_cast<float*>(floats_.get()),
                   [](std::uint8_t pixel) { return static_cast<float>(pixel); });
    from = static_cast<const char*>(floats_.get());
    bytes *= sizeof(float);
  }
  if (input.isCopied)
    expectCuda(cudaMemcpyAsync(input.device, from, bytes, cudaMemcpyHostToDevice, stream_.get()),
               "CUDA to copy the picture");
}

}  // namespace tensorrt
}  // namespace cspcam
