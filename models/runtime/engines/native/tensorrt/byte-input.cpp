#include "byte-input.hpp"

#include <cstdint>

namespace cspcam {
namespace tensorrt {
namespace {

// Of onnx.proto: ModelProto.graph.input[].type.tensor_type.elem_type.
constexpr std::uint64_t GRAPH = 7;
constexpr std::uint64_t INPUT = 11;
constexpr std::uint64_t TYPE = 2;
constexpr std::uint64_t TENSOR_TYPE = 1;
constexpr std::uint64_t ELEM_TYPE = 1;
constexpr std::uint64_t PATH[] = {GRAPH, INPUT, TYPE, TENSOR_TYPE};
constexpr std::size_t DEPTH = sizeof(PATH) / sizeof(PATH[0]);

// Of protobuf's wire format.
constexpr std::uint64_t VARINT = 0;
constexpr std::uint64_t EIGHT_BYTES = 1;
constexpr std::uint64_t COUNTED = 2;
constexpr std::uint64_t FOUR_BYTES = 5;

/// The fields of one message, one after the other; it ends at the first that it cannot read.
class Fields {
public:
  Fields(const char* file, std::size_t from, std::size_t to) : file_(file), at_(from), end_(to) {}

  bool next() {
    std::uint64_t key = 0;
    if (!(at_ < end_ && varint(key))) return false;
    number = key >> 3;
    wire = key & 7;
    begin = at_;
    std::uint64_t length = 0;
    if (wire == VARINT) return varint(length);
    if (wire == COUNTED && !varint(length)) return false;
    if (wire == EIGHT_BYTES) length = 8;
    if (wire == FOUR_BYTES) length = 4;
    if ((length == 0 && wire != COUNTED) || length > end_ - at_) return false;
    begin = at_;
    at_ += static_cast<std::size_t>(length);
    return true;
  }

  std::size_t end() const { return at_; }

  std::uint64_t number = 0;
  std::uint64_t wire = 0;
  /// Of its value.
  std::size_t begin = 0;

private:
  bool varint(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; at_ < end_ && shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(file_[at_++]);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  const char* file_;
  std::size_t at_;
  std::size_t end_;
};

std::size_t find(const char* file, std::size_t begin, std::size_t end, std::size_t depth) {
  for (Fields fields(file, begin, end); fields.next();) {
    if (depth == DEPTH) {
      if (fields.number == ELEM_TYPE && fields.wire == VARINT && file[fields.begin] == ONNX_UINT8) return fields.begin;
    } else if (fields.number == PATH[depth] && fields.wire == COUNTED) {
      const std::size_t at = find(file, fields.begin, fields.end(), depth + 1);
      if (at != NO_BYTES) return at;
    }
  }
  return NO_BYTES;
}

}  // namespace

std::size_t byteInputAt(const char* network, std::size_t bytes) { return find(network, 0, bytes, 0); }

}  // namespace tensorrt
}  // namespace cspcam
