// What engines in C++ have in common around one without a vendor: its output is its input. For hostile agents, and for
// patient ones: a network called `held` is opened, and a frame computed, once the first byte of each is `g`.

#include <chrono>
#include <cstring>
#include <thread>

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
    isHeld_ = request.name == "held";
    if (isHeld_) progress("held", 0);
    waitFor(network);
    progress(std::to_string(cspcam::tensorrt::byteInputAt(network, request.networkBytes)), 0.5);
    const cspcam::TensorShape input{"pixels", cspcam::TensorType::u8, {1, 3, 4, 6}};
    const cspcam::TensorShape output{"same", cspcam::TensorType::u8, {BYTES}};
    return {"here", "u8", input, {output}};
  }

  void use(const std::vector<char*>& slots, const cspcam::SlotLayout& layout) override {
    slots_ = slots;
    offset_ = layout.offsets[1];
  }

  void infer(std::size_t slot) override {
    if (isHeld_) slots_[slot][offset_] = 'h';
    waitFor(slots_[slot]);
    std::memcpy(slots_[slot] + offset_, slots_[slot], BYTES);
  }

private:
  void waitFor(const volatile char* go) const {
    while (isHeld_ && *go != 'g') std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

  bool isHeld_ = false;
  std::vector<char*> slots_;
  std::size_t offset_ = 0;
};

}  // namespace

int main() {
  Echo engine;
  return cspcam::serve(engine);
}
