#include "protocol.hpp"

#include <algorithm>

namespace cspcam {
namespace {

/// What CUDA aligns, and more than a cache line: nothing has to be copied for it.
constexpr std::size_t ALIGNMENT = 256;
constexpr std::size_t PAGE = 4096;
constexpr std::size_t LONGEST_NUMBER = 15;

std::size_t rounded(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

bool isWord(const std::string& text) {
  if (text.empty() || text[0] < 'a' || text[0] > 'z') return false;
  for (const char c : text)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  return true;
}

/// Visible ASCII stays as it is but for `others`; all else as in URLs, so that no value ends a word or a line.
std::string escaped(const std::string& text, const std::string& others) {
  static const char digits[] = "0123456789abcdef";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && others.find(c) == std::string::npos) {
      result += c;
    } else {
      result += '%';
      result += digits[byte >> 4];
      result += digits[byte & 15];
    }
  }
  return result;
}

int digitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

Failure noMessage(const std::string& line) {
  return Failure(FailureClass::other, "expected a message such as \"open key=value\" for the agent, received \"" +
                                          escaped(line.substr(0, 80), "%") + "\"");
}

std::string unescaped(const std::string& text, const std::string& line) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); i++) {
    const char c = text[i];
    if (c <= 0x20 || c > 0x7e) throw noMessage(line);
    if (c != '%') {
      result += c;
      continue;
    }
    if (i + 2 >= text.size()) throw noMessage(line);
    const int high = digitOf(text[i + 1]);
    const int low = digitOf(text[i + 2]);
    if (high < 0 || low < 0) throw noMessage(line);
    result += static_cast<char>(16 * high + low);
    i += 2;
  }
  return result;
}

std::size_t bytesOf(TensorType type) {
  switch (type) {
    case TensorType::u8: return 1;
    case TensorType::i64: return 8;
    case TensorType::f32:
    case TensorType::i32: break;
  }
  return 4;
}

const char* nameOf(TensorType type) {
  switch (type) {
    case TensorType::f32: return "f32";
    case TensorType::u8: return "u8";
    case TensorType::i32: return "i32";
    case TensorType::i64: break;
  }
  return "i64";
}

}  // namespace

const std::string& Message::text(const std::string& key) const {
  const auto found = fields.find(key);
  if (found == fields.end())
    throw Failure(FailureClass::other, "expected " + key + " in \"" + kind + "\" for the agent, received none");
  return found->second;
}

std::string Message::text(const std::string& key, const std::string& fallback) const {
  return has(key) ? text(key) : fallback;
}

std::size_t Message::count(const std::string& key) const {
  const std::string& value = text(key);
  std::size_t number = 0;
  bool isNumber = !value.empty() && value.size() <= LONGEST_NUMBER;
  for (const char c : value) {
    isNumber = isNumber && c >= '0' && c <= '9';
    number = 10 * number + static_cast<std::size_t>(c - '0');
  }
  if (!isNumber)
    throw Failure(FailureClass::other,
                  "expected a whole number for " + key + " in \"" + kind + "\", received " + escaped(value, "%"));
  return number;
}

Message parse(const std::string& line) {
  Message message;
  std::size_t begin = 0;
  bool isFirst = true;
  while (begin <= line.size()) {
    const std::size_t space = std::min(line.find(' ', begin), line.size());
    const std::string word = line.substr(begin, space - begin);
    begin = space + 1;
    if (isFirst) {
      if (!isWord(word)) throw noMessage(line);
      message.kind = word;
      isFirst = false;
      continue;
    }
    const std::size_t at = word.find('=');
    if (at == std::string::npos || !isWord(word.substr(0, at))) throw noMessage(line);
    if (!message.fields.emplace(word.substr(0, at), unescaped(word.substr(at + 1), line)).second)
      throw noMessage(line);
  }
  return message;
}

Line& Line::with(const std::string& key, const std::string& value) {
  text_ += " " + key + "=" + escaped(value, "%");
  return *this;
}

std::size_t TensorShape::bytes() const {
  std::size_t product = bytesOf(type);
  for (const std::size_t size : dims) product *= size;
  return product;
}

std::string describe(const std::vector<TensorShape>& tensors) {
  std::string text;
  for (const TensorShape& tensor : tensors) {
    if (!text.empty()) text += ',';
    text += escaped(tensor.name, "%:,") + ':' + nameOf(tensor.type) + ':';
    for (std::size_t i = 0; i < tensor.dims.size(); i++)
      text += (i == 0 ? "" : "x") + std::to_string(tensor.dims[i]);
  }
  return text;
}

SlotLayout::SlotLayout(const std::vector<TensorShape>& tensors) {
  std::size_t end = 0;
  for (const TensorShape& tensor : tensors) {
    offsets.push_back(end);
    end = rounded(end + tensor.bytes(), ALIGNMENT);
  }
  bytes = rounded(end, PAGE);
}

std::string describe(FailureClass of) {
  switch (of) {
    case FailureClass::memory: return "memory";
    case FailureClass::files: return "files";
    case FailureClass::other: break;
  }
  return "other";
}

}  // namespace cspcam
