#include "build.hpp"

#include <algorithm>

#include "build-progress.hpp"
#include "byte-input.hpp"
#include "cuda.hpp"

namespace cspcam {
namespace tensorrt {
namespace {

/// More gains nothing for networks of this size.
constexpr std::size_t MOST_WORKSPACE = std::size_t{1} << 30;

/// @throws Failure for none @param what as "TensorRT to ..."
template <typename Made>
std::unique_ptr<Made> expectMade(Made* made, const Log& log, const std::string& what) {
  if (made == nullptr) throw log.failure(FailureClass::other, "expected " + what);
  return std::unique_ptr<Made>(made);
}

/// The network as this parser takes it: of one that knows no bytes, with floats of the same values for an input.
std::vector<char> readable(const OpenRequest& request) {
  const auto* network = static_cast<const char*>(request.network);
  std::vector<char> bytes(network, network + request.networkBytes);
  const std::size_t at = TAKES_BYTES ? NO_BYTES : byteInputAt(network, request.networkBytes);
  if (at != NO_BYTES) bytes[at] = ONNX_FLOAT;
  return bytes;
}

void parse(nvonnxparser::IParser& parser, const OpenRequest& request, const Log& log) {
  const std::vector<char> network = readable(request);
  if (parser.parse(network.data(), network.size())) return;
  const std::string expected = "expected TensorRT to read " + request.name;
  if (parser.getNbErrors() == 0) throw log.failure(FailureClass::files, expected);
  const nvonnxparser::IParserError& error = *parser.getError(0);
  const std::string node = nodeOf(error);
  const FailureClass of =
      error.code() == nvonnxparser::ErrorCode::kMEM_ALLOC_FAILED ? FailureClass::memory : FailureClass::files;
  throw Failure(of, expected + ", received " + error.desc() + (node.empty() ? "" : " (" + node + ")"));
}

bool isQuantized(const nvinfer1::INetworkDefinition& network) {
  for (int i = 0; i < network.getNbLayers(); i++)
    if (network.getLayer(i)->getType() == nvinfer1::LayerType::kQUANTIZE) return true;
  return false;
}

/// @returns the coarsest precision that was allowed
std::string choosePrecision(const nvinfer1::IBuilder& builder, const nvinfer1::INetworkDefinition& network,
                            nvinfer1::IBuilderConfig& config, const OpenRequest& request, const std::string& device) {
  const bool isQuantizedNetwork = isQuantized(network);
  if (isQuantizedNetwork && !hasIntegers(builder))
    throw Failure(FailureClass::files, "expected floats for " + request.name + ", as " + device +
                                           " has no int8, received QuantizeLinear");
  if (isQuantizedNetwork) allowIntegers(config);
  // Of the 23 bits of a float it keeps 10.
  if (request.fullPrecision) config.clearFlag(nvinfer1::BuilderFlag::kTF32);
  const bool isHalf = !request.fullPrecision && hasHalf(builder);
  if (isHalf) allowHalf(config);
  return isQuantizedNetwork ? "int8" : isHalf ? "fp16" : "fp32";
}

std::unique_ptr<nvinfer1::ITimingCache> useTimings(nvinfer1::IBuilderConfig& config, const std::vector<char>& timings,
                                                   const Log& log) {
  const std::string what = "TensorRT to make a timing cache";
  auto cache = expectMade(config.createTimingCache(timings.data(), timings.size()), log, what);
  if (config.setTimingCache(*cache, false)) return cache;
  cache = expectMade(config.createTimingCache(nullptr, 0), log, what);
  config.setTimingCache(*cache, false);
  return cache;
}

std::vector<char> timingsIn(const nvinfer1::ITimingCache& cache) {
  const std::unique_ptr<nvinfer1::IHostMemory> memory(cache.serialize());
  if (!memory) return {};
  const auto* bytes = static_cast<const char*>(memory->data());
  return std::vector<char>(bytes, bytes + memory->size());
}

}  // namespace

Built build(const OpenRequest& request, const std::string& device, const std::vector<char>& timings, Log& log,
            const BuildProgress& progress) {
  log.begin();
  const auto builder = expectMade(nvinfer1::createInferBuilder(log), log, "TensorRT to start");
  const auto network = createNetwork(*builder);
  if (!network) throw log.failure(FailureClass::other, "expected TensorRT to begin a network");
  const auto parser = expectMade(nvonnxparser::createParser(*network, log), log, "TensorRT's parser to start");
  parse(*parser, request, log);

  const auto config = expectMade(builder->createBuilderConfig(), log, "TensorRT to configure a build");
  limitWorkspace(*config, std::min(MOST_WORKSPACE, freeDeviceBytes() / 2));
  Built built;
  built.precision = choosePrecision(*builder, *network, *config, request, device);
  const auto cache = useTimings(*config, timings, log);
  BuildMonitor monitor(log, *config, network->getNbLayers(), progress);
  // What parsing complained of on its way is not why building fails.
  log.begin();
  built.plan = expectMade(builder->buildSerializedNetwork(*network, *config), log, "TensorRT to build " + request.name);
  built.timings = timingsIn(*cache);
  return built;
}

}  // namespace tensorrt
}  // namespace cspcam
