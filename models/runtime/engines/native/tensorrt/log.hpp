// What TensorRT says while it works -> the error that counts, and which layers it has timed.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "../common/protocol.hpp"
#include "versions.hpp"

namespace cspcam {
namespace tensorrt {

class Log : public nvinfer1::ILogger {
public:
  void log(Severity severity, const char* message) noexcept override;

  /// Errors from here on are those of the next step.
  void begin();
  /// Told every line that is no error, until it is taken away with `nullptr`.
  void listen(std::function<void(const std::string&)> listener);
  /// @param expected for the message, as "expected TensorRT to ..." @param of where memory is not what was short
  Failure failure(FailureClass of, const std::string& expected) const;

private:
  mutable std::mutex mutex_;
  std::function<void(const std::string&)> listener_;
  std::string firstError_;
  bool isOutOfMemory_ = false;
};

}  // namespace tensorrt
}  // namespace cspcam
