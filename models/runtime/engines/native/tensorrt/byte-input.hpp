// ONNX file -> where it says that its input is bytes, so that a parser without bytes can be given floats.
#pragma once

#include <cstddef>

namespace cspcam {
namespace tensorrt {

constexpr std::size_t NO_BYTES = static_cast<std::size_t>(-1);

/// The types of an ONNX tensor, a byte each in the file.
constexpr char ONNX_FLOAT = 1;
constexpr char ONNX_UINT8 = 2;

/// @returns the offset of the byte that holds the input's type, where that is ONNX_UINT8; else NO_BYTES
std::size_t byteInputAt(const char* network, std::size_t bytes);

}  // namespace tensorrt
}  // namespace cspcam
