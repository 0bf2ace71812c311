// Messages between agent and engine <-> lines of text, as ../../README.md has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace cspcam {

constexpr int PROTOCOL = 1;
constexpr std::size_t LONGEST_LINE_BYTES = 8192;

/// Whose fault a failure is: `memory` passes by itself, `files` need somebody, all `other` is tried again.
enum class FailureClass { memory, files, other };

class Failure : public std::runtime_error {
public:
  Failure(FailureClass whose, const std::string& message) : std::runtime_error(message), of(whose) {}
  const FailureClass of;
};

struct Message {
  std::string kind;
  std::map<std::string, std::string> fields;

  bool has(const std::string& key) const { return fields.count(key) != 0; }
  /// @throws Failure where it is missing
  const std::string& text(const std::string& key) const;
  std::string text(const std::string& key, const std::string& fallback) const;
  /// @throws Failure where it is missing, or no whole number of at least 0
  std::size_t count(const std::string& key) const;
};

/// @throws Failure for a line that is no message
Message parse(const std::string& line);

/// A line with its end.
class Line {
public:
  explicit Line(const std::string& kind) : text_(kind) {}
  Line& with(const std::string& key, const std::string& value);
  Line& with(const std::string& key, std::size_t value) { return with(key, std::to_string(value)); }
  std::string str() const { return text_ + "\n"; }

private:
  std::string text_;
};

enum class TensorType { f32, u8, i32, i64 };

struct TensorShape {
  std::string name;
  TensorType type;
  std::vector<std::size_t> dims;

  std::size_t bytes() const;
};

/// As `name:type:1x3x416x416`, one after the other with a comma between.
std::string describe(const std::vector<TensorShape>& tensors);

/// Where the tensors of a slot begin in it, each aligned; both sides reckon it alike.
struct SlotLayout {
  explicit SlotLayout(const std::vector<TensorShape>& tensors);
  std::vector<std::size_t> offsets;
  std::size_t bytes;
};

std::string describe(FailureClass of);

}  // namespace cspcam
