// A stub of the CUDA calls that the engine makes: the device's memory is the CPU's.

#include <cuda_runtime_api.h>

#include <cstring>

#include "stub.hpp"

namespace {

cudaError_t allocate(void** memory, size_t bytes) {
  if (stubHas("no-device-memory")) return cudaErrorMemoryAllocation;
  *memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  return cudaSuccess;
}

}  // namespace

extern "C" {

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 2;
  return stubHas("no-device") ? cudaErrorNoDevice : cudaSuccess;
}
cudaError_t cudaSetDevice(int) { return cudaSuccess; }
cudaError_t cudaSetDeviceFlags(unsigned) { return cudaSuccess; }
cudaError_t cudaGetLastError() { return cudaSuccess; }
const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaErrorNoDevice             ? "no CUDA-capable device is detected"
         : error == cudaErrorMemoryAllocation ? "out of memory"
                                              : "another error";
}
// By its name in the header, which newer ones lead to another.
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  *properties = cudaDeviceProp{};
  std::strcpy(properties->name, device == 0 ? "Stub of a GPU" : "Another stub");
  properties->major = 6;
  properties->minor = 2;
  properties->integrated = stubHas("integrated");
  return cudaSuccess;
}
cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  *free = *total = size_t{1} << 30;
  return cudaSuccess;
}
cudaError_t cudaMalloc(void** memory, size_t bytes) { return allocate(memory, bytes); }
cudaError_t cudaHostAlloc(void** memory, size_t bytes, unsigned) { return allocate(memory, bytes); }
cudaError_t cudaFree(void* memory) { return std::free(memory), cudaSuccess; }
cudaError_t cudaFreeHost(void* memory) { return std::free(memory), cudaSuccess; }
cudaError_t cudaHostRegister(void*, size_t, unsigned) {
  return stubHas("no-register") ? cudaErrorNotSupported : cudaSuccess;
}
cudaError_t cudaHostGetDevicePointer(void** device, void* host, unsigned) {
  *device = host;
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = reinterpret_cast<cudaStream_t>(std::malloc(1));
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) { return std::free(stream), cudaSuccess; }
cudaError_t cudaStreamSynchronize(cudaStream_t) {
  return stubHas("no-frame-memory") ? cudaErrorMemoryAllocation : cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t) {
  stubNote(kind == cudaMemcpyHostToDevice ? "copied in" : "copied out");
  std::memcpy(to, from, bytes);
  return cudaSuccess;
}

}  // extern "C"
