// What each engine implements; all the rest is common.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "protocol.hpp"

namespace cspcam {

struct OpenRequest {
  /// Of the model, for messages.
  std::string name;
  /// ONNX.
  const void* network;
  std::size_t networkBytes;
  /// Of one run; 0 lets the engine choose.
  std::size_t threads;
  /// Nothing coarser than floats of 32 bits.
  bool fullPrecision;
  /// As the engine calls it; empty for its first.
  std::string device;
  /// Folder for what is built; empty for none.
  std::string cache;
  /// Of the network, in hexadecimal, by which it is found there again; empty where the agent does not tell.
  std::string sha256;
};

struct Opened {
  std::string device;
  std::string precision;
  TensorShape input;
  std::vector<TensorShape> outputs;
};

/// @param part of the work of this stage that is done, 0 to 1
using Progress = std::function<void(const std::string& stage, double part)>;

class Engine {
public:
  virtual ~Engine() = default;
  virtual std::string name() const = 0;
  virtual std::string version() const = 0;
  /// The first is the default. @throws Failure where there is none
  virtual std::vector<std::string> devices() = 0;
  /// @throws Failure for what it cannot run
  virtual Opened open(const OpenRequest& request, const Progress& progress) = 0;
  /// Once, after `open`: where input and outputs of each slot are from now on.
  virtual void use(const std::vector<char*>& slots, const SlotLayout& layout) = 0;
  /// From the input of this slot to its outputs. @throws Failure
  virtual void infer(std::size_t slot) = 0;
};

/// Serves the agent until it says `end` or goes away. @returns the exit code
int serve(Engine& engine);

}  // namespace cspcam
