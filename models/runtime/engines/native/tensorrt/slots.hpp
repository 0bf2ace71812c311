// Slots of shared memory -> runs of the network on them, with as few copies as the device allows.
#pragma once

#include <vector>

#include "../common/protocol.hpp"
#include "cuda.hpp"
#include "versions.hpp"

namespace cspcam {
namespace tensorrt {

/// Tensors as the engine has them, and as the agent sees them, in the same order: the input first.
struct Tensors {
  std::vector<IoTensor> io;
  std::vector<TensorShape> shapes;
  /// The engine takes floats where the agent gives bytes.
  bool widensInput;
};

/// @param hasByteInput what the network takes, whatever the engine does @throws Failure for what no agent can read
Tensors tensorsOf(const nvinfer1::ICudaEngine& engine, bool hasByteInput);

class Slots {
public:
  Slots(const Device& device, const Tensors& tensors, const std::vector<char*>& slots, const SlotLayout& layout);

  /// From the input of this slot to its outputs. @throws Failure
  void run(nvinfer1::IExecutionContext& context, std::size_t slot);

private:
  struct Part {
    char* host;
    void* device;
    std::size_t bytes;
    bool isCopied;
  };

  void lend(Part& part, std::size_t tensor, bool isSeen);
  void bringInput(const Part& input);

  const Tensors& tensors_;
  bool isIntegrated_;
  Stream stream_;
  /// By slot, by tensor.
  std::vector<std::vector<Part>> parts_;
  /// By tensor, shared by all slots, which run one after the other.
  std::vector<DeviceMemory> lent_;
  HostMemory floats_;
};

}  // namespace tensorrt
}  // namespace cspcam
