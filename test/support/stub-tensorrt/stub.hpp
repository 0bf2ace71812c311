// What a stub of TensorRT and CUDA is told by the environment, and what it notes down for the test.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

/// STUB_TENSORRT is a list of words with a comma after each.
inline bool stubHas(const std::string& word) {
  const char* words = std::getenv("STUB_TENSORRT");
  return words != nullptr && std::string(words).find(word + ',') != std::string::npos;
}

inline void stubNote(const std::string& line) {
  const char* file = std::getenv("STUB_TENSORRT_NOTES");
  if (file != nullptr) std::ofstream(file, std::ios::app) << line << std::endl;
}
