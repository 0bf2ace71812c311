// What engines in C++ have in common around one without a vendor: its output is its input. For hostile agents.

#include <cstring>

#include "common/engine.hpp"
#include "tensorrt/byte-input.hpp"

namespace {

constexpr std::size_t BYTES = 3 * 4 * 6;

class Echo : public cspcam::Engine {
public:
  std::string name() const override { return "echo"; }
  std::string version() const override { return "1"; }
  std::vector<std::string> devices() override { return {"here"}; }

  cspcam::Opened open(const cspcam::OpenRequest& request, const cspcam::Progress& progress) override {
    const auto* network = static_cast<const char*>(request.network);
    progress(std::to_string(cspcam::tensorrt::byteInputAt(network, request.networkBytes)), 0.5);
    const cspcam::TensorShape input{"pixels", cspcam::TensorType::u8, {1, 3, 4, 6}};
    const cspcam::TensorShape output{"same", cspcam::TensorType::u8, {BYTES}};
    return {"here", "u8", input, {output}};
  }

  void use(const std::vector<char*>& slots, const cspcam::SlotLayout& layout) override {
    slots_ = slots;
    offset_ = layout.offsets[1];
  }

  void infer(std::size_t slot) override { std::memcpy(slots_[slot] + offset_, slots_[slot], BYTES); }

private:
  std::vector<char*> slots_;
  std::size_t offset_ = 0;
};

}  // namespace

int main() {
  Echo engine;
  return cspcam::serve(engine);
}
