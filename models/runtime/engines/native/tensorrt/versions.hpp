// What TensorRT 8.2 (JetPack 4.6), 8.5 and 8.6 (JetPack 5, 6.0) and 10 (JetPack 6.1 and newer) spell differently, once.
#pragma once

#include <NvInfer.h>
#include <NvOnnxParser.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#define CSPCAM_TENSORRT(major, minor) \
  (NV_TENSORRT_MAJOR > (major) || (NV_TENSORRT_MAJOR == (major) && NV_TENSORRT_MINOR >= (minor)))

// 10.12 calls precisions by flag deprecated in favour of networks whose every tensor has a type; 8.2 has nothing else.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace cspcam {
namespace tensorrt {

/// Bytes as an input came with 8.5.
constexpr bool TAKES_BYTES = CSPCAM_TENSORRT(8, 5);

struct Version {
  int major;
  int minor;
  int patch;
  std::string text() const {
    return std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(patch);
  }
};

/// 8201 is 8.2.1; from 10 on 100300 is 10.3.0.
inline Version versionOf(int number) {
  const int of = number >= 10000 ? 10000 : 1000;
  return {number / of, number % of / 100, number % 100};
}

/// Of a network, as the engine that is built of it has them.
struct IoTensor {
  std::string name;
  bool isInput;
  nvinfer1::DataType type;
  nvinfer1::Dims dims;
};

/// Told how much of a build is done, 0 to 1.
using BuildProgress = std::function<void(double part)>;

inline std::unique_ptr<nvinfer1::INetworkDefinition> createNetwork(nvinfer1::IBuilder& builder) {
#if CSPCAM_TENSORRT(10, 0)
  return std::unique_ptr<nvinfer1::INetworkDefinition>(builder.createNetworkV2(0));
#else
  const auto bit = static_cast<unsigned>(nvinfer1::NetworkDefinitionCreationFlag::kEXPLICIT_BATCH);
  return std::unique_ptr<nvinfer1::INetworkDefinition>(builder.createNetworkV2(1U << bit));
#endif
}

inline void limitWorkspace(nvinfer1::IBuilderConfig& config, std::size_t bytes) {
#if CSPCAM_TENSORRT(8, 4)
  config.setMemoryPoolLimit(nvinfer1::MemoryPoolType::kWORKSPACE, bytes);
#else
  config.setMaxWorkspaceSize(bytes);
#endif
}

inline bool hasHalf(const nvinfer1::IBuilder& builder) { return builder.platformHasFastFp16(); }
inline bool hasIntegers(const nvinfer1::IBuilder& builder) { return builder.platformHasFastInt8(); }
inline void allowHalf(nvinfer1::IBuilderConfig& config) { config.setFlag(nvinfer1::BuilderFlag::kFP16); }
inline void allowIntegers(nvinfer1::IBuilderConfig& config) { config.setFlag(nvinfer1::BuilderFlag::kINT8); }

/// Which node of the network, as far as the parser tells; empty for none.
inline std::string nodeOf(const nvonnxparser::IParserError& error) {
  if (error.node() < 0) return "";
  std::string node = "node " + std::to_string(error.node());
#if CSPCAM_TENSORRT(10, 0)
  node += std::string(" ") + error.nodeOperator() + " " + error.nodeName();
#endif
  return node;
}

#if CSPCAM_TENSORRT(8, 5)

inline std::vector<IoTensor> ioTensorsOf(const nvinfer1::ICudaEngine& engine) {
  std::vector<IoTensor> tensors;
  for (int i = 0; i < engine.getNbIOTensors(); i++) {
    const char* name = engine.getIOTensorName(i);
    const bool isInput = engine.getTensorIOMode(name) == nvinfer1::TensorIOMode::kINPUT;
    tensors.push_back({name, isInput, engine.getTensorDataType(name), engine.getTensorShape(name)});
  }
  return tensors;
}

/// @param addresses on the device, of all tensors in the order of `ioTensorsOf`
inline bool enqueue(nvinfer1::IExecutionContext& context, const std::vector<IoTensor>& tensors,
                    std::vector<void*>& addresses, cudaStream_t stream) {
  for (std::size_t i = 0; i < tensors.size(); i++)
    if (!context.setTensorAddress(tensors[i].name.c_str(), addresses[i])) return false;
  return context.enqueueV3(stream);
}

#else

inline std::vector<IoTensor> ioTensorsOf(const nvinfer1::ICudaEngine& engine) {
  std::vector<IoTensor> tensors;
  for (int i = 0; i < engine.getNbBindings(); i++)
    tensors.push_back({engine.getBindingName(i), engine.bindingIsInput(i), engine.getBindingDataType(i),
                       engine.getBindingDimensions(i)});
  return tensors;
}

inline bool enqueue(nvinfer1::IExecutionContext& context, const std::vector<IoTensor>&, std::vector<void*>& addresses,
                    cudaStream_t stream) {
  return context.enqueueV2(addresses.data(), stream, nullptr);
}

#endif

}  // namespace tensorrt
}  // namespace cspcam

#pragma GCC diagnostic pop
