#include "build-progress.hpp"

#include <algorithm>

namespace cspcam {
namespace tensorrt {

#if CSPCAM_TENSORRT(10, 0)

void BuildMonitor::phaseStart(const char* name, const char* parent, std::int32_t steps) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  phases_[name] = {parent == nullptr ? "" : parent, static_cast<double>(std::max(1, steps)), 0};
}

bool BuildMonitor::stepComplete(const char* name, std::int32_t step) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto phase = phases_.find(name);
  if (phase != phases_.end()) phase->second.done = step + 1;
  tell();
  return true;
}

void BuildMonitor::phaseFinish(const char* name) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  phases_.erase(name);
}

void BuildMonitor::tell() {
  for (const auto& phase : phases_)
    if (phase.second.parent.empty()) progress_(partOf(phase.first));
}

double BuildMonitor::partOf(const std::string& name) const {
  const Phase& phase = phases_.at(name);
  double within = 0;
  for (const auto& other : phases_)
    if (other.second.parent == name) within = std::max(within, partOf(other.first));
  return std::min(1.0, (phase.done + within) / phase.steps);
}

#else

namespace {

// "--------------- Timing Runner: conv_1 + relu_1 (CaskConvolution)": layers that became one are timed as one.
const std::string TIMED = "Timing Runner: ";
const std::string AND = " + ";

}  // namespace

BuildMonitor::BuildMonitor(Log& log, nvinfer1::IBuilderConfig&, int layers, BuildProgress progress)
    : log_(log), layers_(layers), progress_(std::move(progress)) {
  log_.listen([this](const std::string& line) { read(line); });
}

BuildMonitor::~BuildMonitor() { log_.listen(nullptr); }

void BuildMonitor::read(const std::string& line) {
  const std::size_t at = line.find(TIMED);
  if (at == std::string::npos || layers_ == 0) return;
  const std::size_t begin = at + TIMED.size();
  std::string names = line.substr(begin, line.rfind(" (") - begin);
  for (std::size_t end = names.find(AND); end != std::string::npos; end = names.find(AND)) {
    timed_.insert(names.substr(0, end));
    names.erase(0, end + AND.size());
  }
  timed_.insert(names);
  progress_(std::min(1.0, static_cast<double>(timed_.size()) / layers_));
}

#endif

}  // namespace tensorrt
}  // namespace cspcam
