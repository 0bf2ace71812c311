// A stub of TensorRT behind its own public headers: networks are "built" into a line of text and "run" by a known sum.
// Interfaces that it lacks end the program by name; unstubbed.hpp has them, made of the headers by unstubbed.ts.

#include <NvInfer.h>
#include <NvOnnxParser.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <sstream>
#include <vector>

#include "stub.hpp"
#include "unstubbed.hpp"

using namespace nvinfer1;

namespace {

constexpr bool IS_10 = NV_TENSORRT_MAJOR >= 10;
constexpr bool HAS_BYTES = IS_10 || NV_TENSORRT_MINOR >= 5;
ILogger* logger = nullptr;

void say(ILogger::Severity severity, const std::string& line) { logger->log(severity, line.c_str()); }
void fail(const std::string& line) { say(ILogger::Severity::kERROR, line); }

struct Io {
  std::string name;
  bool isInput;
  int type;
  Dims dims;
  std::size_t count() const {
    std::size_t product = 1;
    for (int i = 0; i < dims.nbDims; i++) product *= static_cast<std::size_t>(dims.d[i]);
    return product;
  }
};

/// "NAME TYPE 1x3x4x6;..." with the input first, types by their number in TensorRT.
std::vector<Io> ioOf(const std::string& text) {
  std::vector<Io> tensors;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ';');) {
    std::istringstream words(part);
    Io io{"", tensors.empty(), 0, {}};
    std::string sizes;
    words >> io.name >> io.type >> sizes;
    std::istringstream lengths(sizes);
    for (std::string length; std::getline(lengths, length, 'x');) io.dims.d[io.dims.nbDims++] = std::stoi(length);
    tensors.push_back(io);
  }
  return tensors;
}

struct Memory : IHostMemory, Unstubbed<apiv::VHostMemory> {
  explicit Memory(std::string bytes) : bytes_(std::move(bytes)) { IHostMemory::mImpl = this; }
  void* data() const noexcept override { return const_cast<char*>(bytes_.data()); }
  std::size_t size() const noexcept override { return bytes_.size(); }
  std::string bytes_;
};

struct Timings : ITimingCache, Unstubbed<apiv::VTimingCache> {
  explicit Timings(std::string bytes) : bytes_(std::move(bytes)) { ITimingCache::mImpl = this; }
  IHostMemory* serialize() const noexcept override { return new Memory(bytes_); }
  std::string bytes_;
};

struct Config : IBuilderConfig, Unstubbed<apiv::VBuilderConfig> {
  Config() { IBuilderConfig::mImpl = this; }
  void setFlag(BuilderFlag flag) noexcept override { flags_ |= 1U << static_cast<int>(flag); }
  void clearFlag(BuilderFlag flag) noexcept override { flags_ &= ~(1U << static_cast<int>(flag)); }
  bool has(BuilderFlag flag) const { return (flags_ >> static_cast<int>(flag) & 1) != 0; }
#if NV_TENSORRT_MAJOR > 8 || NV_TENSORRT_MINOR >= 4
  void setMemoryPoolLimit(MemoryPoolType, std::size_t) noexcept override {}
#else
  void setMaxWorkspaceSize(std::size_t) noexcept override {}
#endif
#if NV_TENSORRT_MAJOR >= 10
  void setProgressMonitor(IProgressMonitor* monitor) noexcept override { monitor_ = monitor; }
  IProgressMonitor* monitor_ = nullptr;
#endif
  ITimingCache* createTimingCache(const void* blob, std::size_t size) const noexcept override {
    return new Timings(std::string(static_cast<const char*>(blob), size));
  }
  bool setTimingCache(const ITimingCache& cache, bool) noexcept override {
    timings_ = const_cast<Timings*>(static_cast<const Timings*>(&cache));
    return timings_->bytes_.empty() || timings_->bytes_.compare(0, 7, "timings") == 0;
  }
  std::uint32_t flags_ = 1U << static_cast<int>(BuilderFlag::kTF32);
  Timings* timings_ = nullptr;
};

struct Layer : ILayer, Unstubbed<apiv::VLayer> {
  explicit Layer(LayerType type) : type_(type) { mLayer = this; }
  LayerType getType() const noexcept override { return type_; }
  LayerType type_;
};

struct Network : INetworkDefinition, Unstubbed<apiv::VNetworkDefinition> {
  Network() { INetworkDefinition::mImpl = this; }
  std::int32_t getNbLayers() const noexcept override { return static_cast<std::int32_t>(layers_.size()); }
  ILayer* getLayer(std::int32_t i) const noexcept override { return layers_[static_cast<std::size_t>(i)].get(); }
  std::vector<std::unique_ptr<Layer>> layers_;
  std::string io_;
};

struct ParserError : Unstubbed<nvonnxparser::IParserError> {
  nvonnxparser::ErrorCode code() const NOEXCEPT_PARSER override { return nvonnxparser::ErrorCode::kUNSUPPORTED_NODE; }
  const char* desc() const NOEXCEPT_PARSER override { return desc_.c_str(); }
  int node() const NOEXCEPT_PARSER override { return 3; }
#if NV_TENSORRT_MAJOR >= 10
  const char* nodeName() const noexcept override { return "head"; }
  const char* nodeOperator() const noexcept override { return "GridSample"; }
#endif
  std::string desc_;
};

struct Parser : Unstubbed<nvonnxparser::IParser> {
  explicit Parser(Network& network) : network_(network) {}
  bool parse(const void* bytes, std::size_t size, const char*) NOEXCEPT_PARSER override {
    const std::string file(static_cast<const char*>(bytes), size);
    const std::size_t begin = file.find("stub ");
    // Nodes that read it come before.
    const std::size_t input = file.rfind("\x0a\x06pixels\x12");
    if (begin == std::string::npos || input == std::string::npos) return refuse("Failed to parse ONNX model");
    // After the name: type, its length, tensor type, its length, element type and its number.
    const bool isBytes = file[input + 13] == 2;
    if (isBytes && !HAS_BYTES) return refuse("Failed to convert ONNX date type to TensorRT data type.");
    if (stubHas("parser")) return refuse("No importer registered for op: GridSample");
    network_.io_ = "pixels " + std::string(isBytes ? "5 " : "0 ") + file.substr(begin + 5, file.find('|', begin) - begin - 5);
    network_.layers_.emplace_back(new Layer(stubHas("quantized") ? LayerType::kQUANTIZE : LayerType::kIDENTITY));
    network_.layers_.emplace_back(new Layer(LayerType::kCONVOLUTION));
    return true;
  }
  int getNbErrors() const NOEXCEPT_PARSER override { return error_.desc_.empty() ? 0 : 1; }
  const nvonnxparser::IParserError* getError(int) const NOEXCEPT_PARSER override { return &error_; }

private:
  bool refuse(const std::string& why) {
    error_.desc_ = why;
    return false;
  }
  Network& network_;
  ParserError error_;
};

struct Builder : IBuilder, Unstubbed<apiv::VBuilder> {
  Builder() { IBuilder::mImpl = this; }
  bool platformHasFastFp16() const noexcept override { return !stubHas("no-half"); }
  bool platformHasFastInt8() const noexcept override { return !stubHas("no-int8"); }
  IBuilderConfig* createBuilderConfig() noexcept override { return new Config; }
  INetworkDefinition* createNetworkV2(NetworkDefinitionCreationFlags) noexcept override { return new Network; }
  IHostMemory* buildSerializedNetwork(INetworkDefinition& network, IBuilderConfig& config) noexcept override {
    auto& given = static_cast<Config&>(config);
    const std::string precision = given.has(BuilderFlag::kINT8)   ? "int8"
                                  : given.has(BuilderFlag::kFP16) ? "fp16"
                                  : given.has(BuilderFlag::kTF32) ? "tf32"
                                                                  : "fp32";
    stubNote("built " + precision + (given.timings_->bytes_.empty() ? "" : " with timings"));
    tell(given);
    while (stubHas("build-hangs")) pause();
    if (stubHas("build-memory")) return fail("2: [utils.cpp::f::1] Error Code 2: OutOfMemory (no further information)"), nullptr;
    if (stubHas("build-fails")) return fail("10: Could not find any implementation for node conv_1."), nullptr;
    given.timings_->bytes_ = "timings of a stub";
    // As large as a small network's.
    return new Memory("plan " + static_cast<Network&>(network).io_ + '\n' + std::string(100000, 'w'));
  }

private:
  static void tell(Config& config) {
#if NV_TENSORRT_MAJOR >= 10
    config.monitor_->phaseStart("Building", nullptr, 2);
    config.monitor_->phaseStart("Timing", "Building", 2);
    config.monitor_->stepComplete("Timing", 0);
    config.monitor_->phaseFinish("Timing");
    config.monitor_->stepComplete("Building", 0);
#else
    say(ILogger::Severity::kVERBOSE, "--------------- Timing Runner: conv_1 (CaskConvolution)");
    static_cast<void>(config);
#endif
  }
};

struct Context : IExecutionContext, Unstubbed<apiv::VExecutionContext> {
  explicit Context(const std::vector<Io>& tensors) : tensors_(tensors) { IExecutionContext::mImpl = this; }
#if NV_TENSORRT_MAJOR > 8 || NV_TENSORRT_MINOR >= 5
  bool setTensorAddress(const char* name, void* address) noexcept override {
    addresses_[name] = address;
    return true;
  }
  bool enqueueV3(cudaStream_t) noexcept override { return run(); }
#else
  bool enqueueV2(void* const* bindings, cudaStream_t, cudaEvent_t*) noexcept override {
    for (std::size_t i = 0; i < tensors_.size(); i++) addresses_[tensors_[i].name] = bindings[i];
    return run();
  }
#endif

private:
  /// Value i of output k is half of byte 7 i + k of the picture, which begins again at its end, and k.
  bool run() {
    for (const auto& entry : addresses_)
      if (reinterpret_cast<std::uintptr_t>(entry.second) % 256 != 0) return fail("misaligned " + entry.first), false;
    const Io& input = tensors_.front();
    const void* pixels = addresses_[input.name];
    const auto at = [&](std::size_t i) {
      return input.type == 0 ? static_cast<const float*>(pixels)[i] : static_cast<const unsigned char*>(pixels)[i];
    };
    for (std::size_t k = 1; k < tensors_.size(); k++)
      for (std::size_t i = 0; i < tensors_[k].count(); i++)
        static_cast<float*>(addresses_[tensors_[k].name])[i] =
            at((7 * i + k) % input.count()) / 2 + static_cast<float>(k);
    return true;
  }

  const std::vector<Io>& tensors_;
  std::map<std::string, void*> addresses_;
};

struct Engine : ICudaEngine, Unstubbed<apiv::VCudaEngine> {
  explicit Engine(const std::string& io) : tensors_(ioOf(io)) { ICudaEngine::mImpl = this; }
#if NV_TENSORRT_MAJOR > 8 || NV_TENSORRT_MINOR >= 5
  std::int32_t getNbIOTensors() const noexcept override { return static_cast<std::int32_t>(tensors_.size()); }
  const char* getIOTensorName(std::int32_t i) const noexcept override { return at(i).name.c_str(); }
  TensorIOMode getTensorIOMode(const char* name) const noexcept override {
    return at(name).isInput ? TensorIOMode::kINPUT : TensorIOMode::kOUTPUT;
  }
  DataType getTensorDataType(const char* name) const noexcept override { return DataType(at(name).type); }
  Dims getTensorShape(const char* name) const noexcept override { return at(name).dims; }
#else
  std::int32_t getNbBindings() const noexcept override { return static_cast<std::int32_t>(tensors_.size()); }
  const char* getBindingName(std::int32_t i) const noexcept override { return at(i).name.c_str(); }
  bool bindingIsInput(std::int32_t i) const noexcept override { return at(i).isInput; }
  DataType getBindingDataType(std::int32_t i) const noexcept override { return DataType(at(i).type); }
  Dims getBindingDimensions(std::int32_t i) const noexcept override { return at(i).dims; }
#endif
#if NV_TENSORRT_MAJOR >= 10
  IExecutionContext* createExecutionContext(ExecutionContextAllocationStrategy) noexcept override {
#else
  IExecutionContext* createExecutionContext() noexcept override {
#endif
    if (stubHas("context-memory")) return fail("1: Cuda Runtime (out of memory)"), nullptr;
    return new Context(tensors_);
  }

private:
  const Io& at(std::int32_t i) const { return tensors_[static_cast<std::size_t>(i)]; }
  const Io& at(const std::string& name) const {
    for (const Io& io : tensors_)
      if (io.name == name) return io;
    missing("a tensor of this name");
  }
  std::vector<Io> tensors_;
};

struct Runtime : IRuntime, Unstubbed<apiv::VRuntime> {
  Runtime() { IRuntime::mImpl = this; }
#if NV_TENSORRT_MAJOR >= 10
  ICudaEngine* deserializeCudaEngine(const void* blob, std::size_t size) noexcept override {
#else
  ICudaEngine* deserializeCudaEngine(const void* blob, std::size_t size, IPluginFactory*) noexcept override {
#endif
    const std::string plan(static_cast<const char*>(blob), size);
    if (plan.compare(0, 5, "plan ") != 0 || stubHas("refuses-plans"))
      return fail("1: [stdArchiveReader.cpp::f::1] Error Code 1: Serialization"), nullptr;
    if (stubHas("load-memory")) return fail("1: Cuda Runtime (out of memory)"), nullptr;
    stubNote("loaded");
    return new Engine(plan.substr(5, plan.find('\n') - 5));
  }
};

}  // namespace

extern "C" {

std::int32_t getInferLibVersion() noexcept {
  return stubHas("older") ? 7203 : NV_TENSORRT_MAJOR * (IS_10 ? 10000 : 1000) + NV_TENSORRT_MINOR * 100 + 1;
}
void* createInferBuilder_INTERNAL(void* given, std::int32_t) noexcept {
  logger = static_cast<ILogger*>(given);
  return static_cast<IBuilder*>(new Builder);
}
void* createInferRuntime_INTERNAL(void* given, std::int32_t) noexcept {
  logger = static_cast<ILogger*>(given);
  return static_cast<IRuntime*>(new Runtime);
}
void* createNvOnnxParser_INTERNAL(void* network, void*, int) NOEXCEPT_PARSER {
  return static_cast<nvonnxparser::IParser*>(
      new Parser(static_cast<Network&>(*static_cast<INetworkDefinition*>(network))));
}

}  // extern "C"
