#include "cuda.hpp"

#include "../common/protocol.hpp"

namespace cspcam {
namespace tensorrt {
namespace {

const std::string PREFIX = "cuda:";

int deviceCount() {
  int count = 0;
  expectCuda(cudaGetDeviceCount(&count), "a GPU for TensorRT");
  if (count == 0) throw Failure(FailureClass::other, "expected a GPU for TensorRT, received none");
  return count;
}

}  // namespace

void expectCuda(cudaError_t outcome, const std::string& what) {
  if (outcome == cudaSuccess) return;
  // What does not stay by itself is forgotten, so that the next call is not blamed for it.
  cudaGetLastError();
  throw Failure(outcome == cudaErrorMemoryAllocation ? FailureClass::memory : FailureClass::other,
                "expected " + what + ", received " + cudaGetErrorString(outcome));
}

std::vector<std::string> deviceNames() {
  std::vector<std::string> names;
  for (int i = 0; i < deviceCount(); i++) names.push_back(PREFIX + std::to_string(i));
  return names;
}

Device useDevice(const std::string& name) {
  const std::vector<std::string> names = deviceNames();
  std::size_t index = 0;
  while (!name.empty() && index < names.size() && names[index] != name) index++;
  if (index == names.size())
    throw Failure(FailureClass::other,
                  "expected a device from " + names.front() + " to " + names.back() + ", received " + name);
  const int number = static_cast<int>(index);
  expectCuda(cudaSetDevice(number), "CUDA to use " + names[index]);
  // A core that spins until the device is ready is missing elsewhere; where it is too late to say so, it spins.
  if (cudaSetDeviceFlags(cudaDeviceScheduleBlockingSync) != cudaSuccess) cudaGetLastError();
  cudaDeviceProp properties;
  expectCuda(cudaGetDeviceProperties(&properties, number), "CUDA to describe " + names[index]);
  return {number, properties.name, 10 * properties.major + properties.minor, properties.integrated != 0};
}

std::size_t freeDeviceBytes() {
  std::size_t free = 0;
  std::size_t total = 0;
  expectCuda(cudaMemGetInfo(&free, &total), "CUDA to tell its free memory");
  return free;
}

DeviceMemory deviceMemory(std::size_t bytes) {
  void* memory = nullptr;
  expectCuda(cudaMalloc(&memory, bytes), std::to_string(bytes) + " bytes of device memory");
  return DeviceMemory(memory);
}

HostMemory hostMemory(std::size_t bytes) {
  void* memory = nullptr;
  expectCuda(cudaHostAlloc(&memory, bytes, cudaHostAllocMapped), std::to_string(bytes) + " bytes of pinned memory");
  return HostMemory(memory);
}

Stream newStream() {
  cudaStream_t stream = nullptr;
  expectCuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "a stream of CUDA");
  return Stream(stream);
}

void* onDevice(void* host) {
  void* device = nullptr;
  expectCuda(cudaHostGetDevicePointer(&device, host, 0), "CUDA to see memory that it has pinned");
  return device;
}

bool show(void* host, std::size_t bytes) {
  if (cudaHostRegister(host, bytes, cudaHostRegisterMapped) == cudaSuccess) return true;
  cudaGetLastError();
  return false;
}

}  // namespace tensorrt
}  // namespace cspcam
