// What TensorRT tells of a build -> the part of it that is done, which only grows.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "log.hpp"
#include "versions.hpp"

namespace cspcam {
namespace tensorrt {

#if CSPCAM_TENSORRT(10, 0)

/// Phases within steps of other phases.
class BuildMonitor : public nvinfer1::IProgressMonitor {
public:
  BuildMonitor(Log&, nvinfer1::IBuilderConfig& config, int, BuildProgress progress) : progress_(std::move(progress)) {
    config.setProgressMonitor(this);
  }

  void phaseStart(const char* name, const char* parent, std::int32_t steps) noexcept override;
  bool stepComplete(const char* name, std::int32_t step) noexcept override;
  void phaseFinish(const char* name) noexcept override;

private:
  struct Phase {
    std::string parent;
    double steps;
    double done;
  };

  double partOf(const std::string& name) const;
  void tell();

  std::mutex mutex_;
  BuildProgress progress_;
  std::map<std::string, Phase> phases_;
};

#else

/// Older ones tell it only by their log: most of a build goes into timing kernels, layer by layer.
class BuildMonitor {
public:
  BuildMonitor(Log& log, nvinfer1::IBuilderConfig&, int layers, BuildProgress progress);
  ~BuildMonitor();
  BuildMonitor(const BuildMonitor&) = delete;
  BuildMonitor& operator=(const BuildMonitor&) = delete;

private:
  void read(const std::string& line);

  Log& log_;
  int layers_;
  BuildProgress progress_;
  std::set<std::string> timed_;
};

#endif

}  // namespace tensorrt
}  // namespace cspcam
