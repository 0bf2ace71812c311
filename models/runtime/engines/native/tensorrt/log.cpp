#include "log.hpp"

#include <algorithm>
#include <iostream>

namespace cspcam {
namespace tensorrt {
namespace {

/// As TensorRT 8 and 10, and CUDA's runtime, say it.
bool isAboutMemory(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  for (const char* words : {"out of memory", "outofmemory", "could not be allocated", "failed_allocation"})
    if (text.find(words) != std::string::npos) return true;
  return false;
}

}  // namespace

void Log::log(Severity severity, const char* message) noexcept {
  try {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (severity == Severity::kERROR || severity == Severity::kINTERNAL_ERROR) {
      const std::string line = std::string(message).substr(0, std::string(message).find('\n'));
      if (firstError_.empty()) firstError_ = line;
      isOutOfMemory_ = isOutOfMemory_ || isAboutMemory(message);
      std::cerr << line << std::endl;
    } else if (listener_) {
      listener_(message);
    }
  } catch (const std::exception&) {
    // A line that cannot be kept is no reason to stop what it is about.
  }
}

void Log::begin() {
  const std::lock_guard<std::mutex> lock(mutex_);
  firstError_.clear();
  isOutOfMemory_ = false;
}

void Log::listen(std::function<void(const std::string&)> listener) {
  const std::lock_guard<std::mutex> lock(mutex_);
  listener_ = std::move(listener);
}

Failure Log::failure(FailureClass of, const std::string& expected) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return Failure(isOutOfMemory_ ? FailureClass::memory : of,
                 expected + ", received " + (firstError_.empty() ? "no reason" : firstError_));
}

}  // namespace tensorrt
}  // namespace cspcam
