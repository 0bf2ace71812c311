// OpenVINO's runtime behind the protocol: CPU with AMX and bf16 where they are, GPU and NPU where found.

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <openvino/openvino.hpp>

#include "../common/engine.hpp"
#include "kept-folder.hpp"

namespace {

using cspcam::Failure;
using cspcam::FailureClass;

cspcam::TensorType typeOf(const ov::element::Type& type, const std::string& name) {
  if (type == ov::element::f32) return cspcam::TensorType::f32;
  if (type == ov::element::u8) return cspcam::TensorType::u8;
  if (type == ov::element::i32) return cspcam::TensorType::i32;
  if (type == ov::element::i64) return cspcam::TensorType::i64;
  throw Failure(FailureClass::files, "expected floats of 32 bits or integers for " + name + ", received " + type.to_string());
}

/// Ports bear the names of all nodes that were melted into one; the node of an input or output is called as in ONNX.
std::string nameOf(const ov::Output<const ov::Node>& port) {
  const std::string name = port.get_node()->get_friendly_name();
  return name.substr(0, name.find("/sink_port_"));
}

cspcam::TensorShape shapeOf(const ov::Output<const ov::Node>& port) {
  const std::string name = nameOf(port);
  if (port.get_partial_shape().is_dynamic())
    throw Failure(FailureClass::files, "expected a fixed shape for " + name + ", received " + port.get_partial_shape().to_string());
  const ov::Shape shape = port.get_shape();
  return {name, typeOf(port.get_element_type(), name), {shape.begin(), shape.end()}};
}

/// Where in the sources it was thrown comes first, what was wrong last.
std::string lastLine(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

class OpenVino : public cspcam::Engine {
public:
  std::string name() const override { return "openvino"; }

  std::string version() const override {
    const std::string build = ov::get_openvino_version().buildNumber;
    return build.substr(0, build.find('-'));
  }

  std::vector<std::string> devices() override {
    std::vector<std::string> devices = core_.get_available_devices();
    // What every machine has comes first; who wants another one says so.
    std::stable_partition(devices.begin(), devices.end(), [](const std::string& device) { return device == "CPU"; });
    if (devices.empty()) throw Failure(FailureClass::other, "expected a device for OpenVINO, received none");
    return devices;
  }

  cspcam::Opened open(const cspcam::OpenRequest& request, const cspcam::Progress& progress) override {
    const std::vector<std::string> known = devices();
    const std::string device = request.device.empty() ? known.front() : request.device;
    if (std::find(known.begin(), known.end(), device) == known.end())
      throw Failure(FailureClass::other, "expected one of the devices that OpenVINO has, received " + device);
    progress("read", 0);
    const std::shared_ptr<ov::Model> model = read(request);
    progress("compile", 0);
    compiled_ = core_.compile_model(model, device, options(request, device, folderFor(request, device, progress)));
    kept_.pruneOthers();
    if (compiled_.inputs().size() != 1)
      throw Failure(FailureClass::files, "expected one input, received " + std::to_string(compiled_.inputs().size()));
    cspcam::Opened opened;
    opened.device = device;
    opened.precision = compiled_.get_property(ov::hint::inference_precision).to_string();
    opened.input = shapeOf(compiled_.input());
    for (const auto& output : compiled_.outputs()) opened.outputs.push_back(shapeOf(output));
    return opened;
  }

  void use(const std::vector<char*>& slots, const cspcam::SlotLayout& layout) override {
    for (char* slot : slots) {
      ov::InferRequest request = compiled_.create_infer_request();
      const auto bind = [&](const ov::Output<const ov::Node>& port, std::size_t i) {
        request.set_tensor(port, ov::Tensor(port.get_element_type(), port.get_shape(), slot + layout.offsets[i]));
      };
      bind(compiled_.input(), 0);
      for (std::size_t i = 0; i < compiled_.outputs().size(); i++) bind(compiled_.output(i), i + 1);
      requests_.push_back(request);
    }
  }

  void infer(std::size_t slot) override { requests_[slot].infer(); }

private:
  std::shared_ptr<ov::Model> read(const cspcam::OpenRequest& request) {
    const std::string network(static_cast<const char*>(request.network), request.networkBytes);
    try {
      return core_.read_model(network, ov::Tensor());
    } catch (const ov::Exception& error) {
      throw Failure(FailureClass::files, "expected OpenVINO to read " + request.name + ", received " + lastLine(error.what()));
    }
  }

  /// One for all that what is compiled depends on, so that what is not used any more can go. @returns empty for none
  std::string folderFor(const cspcam::OpenRequest& request, const std::string& device, const cspcam::Progress& progress) {
    if (request.cache.empty() || request.sha256.empty()) return "";
    const std::string name = version() + '-' + device + (request.fullPrecision ? "-fp32-" : "-auto-") +
                             std::to_string(request.threads) + '-' + request.sha256;
    if (!kept_.hold(request.cache, name))
      progress("expected to keep what is compiled in " + request.cache + ", received " + std::strerror(errno), 0);
    return kept_.path();
  }

  static ov::AnyMap options(const cspcam::OpenRequest& request, const std::string& device, const std::string& folder) {
    ov::AnyMap options{ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY), ov::num_streams(1)};
    if (request.fullPrecision) options.insert(ov::hint::inference_precision(ov::element::f32));
    if (device == "CPU" && request.threads > 0)
      options.insert(ov::inference_num_threads(static_cast<int>(request.threads)));
    if (!folder.empty()) options.insert(ov::cache_dir(folder));
    return options;
  }

  cspcam::openvino::KeptFolder kept_;
  ov::Core core_;
  ov::CompiledModel compiled_;
  std::vector<ov::InferRequest> requests_;
};

}  // namespace

int main() {
  OpenVino engine;
  return cspcam::serve(engine);
}
