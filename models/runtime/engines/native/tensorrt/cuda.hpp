// The little of CUDA's runtime that an engine needs: devices, memory, one stream. Nothing that CUDA 10.2 lacks.
#pragma once

#include <cuda_runtime_api.h>

#include <memory>
#include <string>
#include <vector>

namespace cspcam {
namespace tensorrt {

/// @throws Failure, of class `memory` where that is what is short @param what as "expected CUDA to ..."
void expectCuda(cudaError_t outcome, const std::string& what);

struct Device {
  int index;
  /// As NVIDIA calls it.
  std::string name;
  /// 62 for compute capability 6.2.
  int capability;
  /// It computes in the memory of the CPU, as a Jetson does.
  bool isIntegrated;

  std::string text() const { return name + " (sm_" + std::to_string(capability) + ")"; }
};

/// As `cuda:0`. @throws Failure where there is none
std::vector<std::string> deviceNames();
/// What all else is done on from then on. @param name empty for the first @throws Failure for one that is not there
Device useDevice(const std::string& name);
std::size_t freeDeviceBytes();

struct FreeDevice {
  void operator()(void* memory) const { cudaFree(memory); }
};
struct FreeHost {
  void operator()(void* memory) const { cudaFreeHost(memory); }
};
struct DestroyStream {
  void operator()(cudaStream_t stream) const { cudaStreamDestroy(stream); }
};

using DeviceMemory = std::unique_ptr<void, FreeDevice>;
/// That the device reads without a copy on its side.
using HostMemory = std::unique_ptr<void, FreeHost>;
using Stream = std::unique_ptr<CUstream_st, DestroyStream>;

DeviceMemory deviceMemory(std::size_t bytes);
HostMemory hostMemory(std::size_t bytes);
Stream newStream();
/// Where the device sees memory of the CPU that it has been shown.
void* onDevice(void* host);
/// Shows it memory of the CPU. @returns whether it can see it: below compute capability 7.2 no Jetson can
bool show(void* host, std::size_t bytes);

}  // namespace tensorrt
}  // namespace cspcam
