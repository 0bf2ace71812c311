// TensorRT behind the protocol: an engine for this device, built once and kept, which runs on the GPU.

#include <algorithm>

#include "../common/engine.hpp"
#include "build.hpp"
#include "byte-input.hpp"
#include "cuda.hpp"
#include "kept-files.hpp"
#include "log.hpp"
#include "slots.hpp"

namespace {

using cspcam::Failure;
using cspcam::FailureClass;
using namespace cspcam::tensorrt;

constexpr std::size_t MOST_KEPT = 4;
const std::string PREFIX = "tensorrt-";
const std::string ENGINE = ".engine";

/// For the name of a file.
std::string plain(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.')) c = '-';
  }
  return text;
}

class TensorRt : public cspcam::Engine {
public:
  std::string name() const override { return "tensorrt"; }

  std::string version() const override { return versionOf(getInferLibVersion()).text(); }

  std::vector<std::string> devices() override {
    expectVersion();
    return deviceNames();
  }

  cspcam::Opened open(const cspcam::OpenRequest& request, const cspcam::Progress& progress) override {
    device_ = useDevice(request.device);
    log_.begin();
    runtime_.reset(nvinfer1::createInferRuntime(log_));
    if (!runtime_) throw log_.failure(FailureClass::other, "expected TensorRT to start");
    const bool isKept = !request.cache.empty() && !request.sha256.empty();
    const KeptFiles kept(isKept ? request.cache : "", [&](const std::string& notice) { progress(notice, 0); });
    std::string precision;
    if (!openKept(kept, request, progress, precision)) precision = openBuilt(kept, request, progress);
    log_.begin();
    context_.reset(engine_->createExecutionContext());
    if (!context_) throw log_.failure(FailureClass::other, "expected TensorRT to make room for " + request.name);
    const auto* network = static_cast<const char*>(request.network);
    tensors_ = tensorsOf(*engine_, byteInputAt(network, request.networkBytes) != NO_BYTES);
    return {device_.text(), precision, tensors_.shapes.front(), {tensors_.shapes.begin() + 1, tensors_.shapes.end()}};
  }

  void use(const std::vector<char*>& slots, const cspcam::SlotLayout& layout) override {
    slots_.reset(new Slots(device_, tensors_, slots, layout));
  }

  void infer(std::size_t slot) override { slots_->run(*context_, slot); }

private:
  /// Minor versions share a file name, and an older one lacks what this was built against.
  static void expectVersion() {
    const Version runs = versionOf(getInferLibVersion());
    const bool fits = runs.major == NV_TENSORRT_MAJOR && runs.minor >= NV_TENSORRT_MINOR;
    if (!fits)
      throw Failure(FailureClass::other, "expected TensorRT " + std::to_string(NV_TENSORRT_MAJOR) + '.' +
                                             std::to_string(NV_TENSORRT_MINOR) +
                                             ", which this engine was built for, received " + runs.text() +
                                             ": build it again (cspcam engines build tensorrt)");
  }

  /// What engines and timings depend on, beside the network.
  std::string machine() const {
    return PREFIX + version() + '-' + plain(device_.name) + "-sm" + std::to_string(device_.capability);
  }

  std::string engineFile(const cspcam::OpenRequest& request) const {
    return machine() + (request.fullPrecision ? "-fp32-" : "-auto-") + request.sha256 + ENGINE;
  }

  std::string timingsFile() const { return machine() + ".timings"; }

  /// @returns whether one was kept that TensorRT takes
  bool openKept(const KeptFiles& kept, const cspcam::OpenRequest& request, const cspcam::Progress& progress,
                std::string& precision) {
    KeptFile file;
    if (!kept.read(engineFile(request), file)) return false;
    precision = file.note;
    log_.begin();
    engine_.reset(runtime_->deserializeCudaEngine(file.content.data(), file.content.size()));
    if (engine_) return true;
    const Failure failure = log_.failure(FailureClass::other, "expected TensorRT to load " + request.name);
    if (failure.of == FailureClass::memory) throw failure;
    progress("expected TensorRT to take what it had built of " + request.name + "; built anew", 0);
    return false;
  }

  /// @returns its precision
  std::string openBuilt(const KeptFiles& kept, const cspcam::OpenRequest& request, const cspcam::Progress& progress) {
    KeptFile timings;
    kept.read(timingsFile(), timings);
    std::size_t told = 0;
    progress("build", 0);
    const Built built = build(request, device_.text(), timings.content, log_, [&](double part) {
      const auto percent = static_cast<std::size_t>(100 * part);
      if (percent <= told) return;
      told = percent;
      progress("build", part);
    });
    log_.begin();
    engine_.reset(runtime_->deserializeCudaEngine(built.plan->data(), built.plan->size()));
    if (!engine_) throw log_.failure(FailureClass::other, "expected TensorRT to load " + request.name);
    kept.write(engineFile(request), built.precision, built.plan->data(), built.plan->size());
    if (built.timings != timings.content)
      kept.write(timingsFile(), "timings", built.timings.data(), built.timings.size());
    kept.prune(PREFIX, ENGINE, MOST_KEPT);
    return built.precision;
  }

  Log log_;
  Device device_{};
  Tensors tensors_{};
  // Each lives in the one before.
  std::unique_ptr<nvinfer1::IRuntime> runtime_;
  std::unique_ptr<nvinfer1::ICudaEngine> engine_;
  std::unique_ptr<nvinfer1::IExecutionContext> context_;
  std::unique_ptr<Slots> slots_;
};

}  // namespace

int main() {
  TensorRt engine;
  return cspcam::serve(engine);
}
