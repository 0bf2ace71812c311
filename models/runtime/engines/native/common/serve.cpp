// The protocol's side of an engine: control on descriptor 3, memory for frames on 4, the network on 5.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <deque>
#include <iostream>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include "engine.hpp"

namespace cspcam {
namespace {

constexpr int CONTROL = 3;
constexpr int FRAMES = 4;
constexpr int NETWORK = 5;

std::string systemError() { return std::strerror(errno); }

/// A file that is mapped for as long as this lives.
class Mapping {
public:
  Mapping(int descriptor, std::size_t bytes, int protection) : bytes_(bytes) {
    struct stat state {};
    if (fstat(descriptor, &state) != 0 || static_cast<std::size_t>(state.st_size) < bytes || bytes == 0)
      throw Failure(FailureClass::other, "expected " + std::to_string(bytes) + " bytes in descriptor " +
                                             std::to_string(descriptor) + ", received " +
                                             std::to_string(state.st_size));
    base_ = mmap(nullptr, bytes, protection, MAP_SHARED, descriptor, 0);
    if (base_ == MAP_FAILED)
      throw Failure(errno == ENOMEM ? FailureClass::memory : FailureClass::other,
                    "expected to map " + std::to_string(bytes) + " bytes, received " + systemError());
  }
  ~Mapping() { munmap(base_, bytes_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  char* base() const { return static_cast<char*>(base_); }

private:
  void* base_;
  std::size_t bytes_;
};

/// For pings, which may wait for seconds, and the end of the agent.
constexpr std::chrono::milliseconds LOOK(200);

/**
 * The agent's lines. The thread that computes reads them itself: a frame would wait for another one to wake it. While it
 * computes or builds, a second thread looks now and then: a ping is answered, and without an agent there is nothing left
 * to do.
 */
class Control {
public:
  Control() : part_(LONGEST_LINE_BYTES), looker_([this] { look(); }) { looker_.detach(); }

  void send(const Line& line) {
    const std::string text = line.str();
    const std::lock_guard<std::mutex> lock(sending_);
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t sent = ::send(CONTROL, text.data() + done, text.size() - done, MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0) _exit(0);
      done += static_cast<std::size_t>(sent);
    }
  }

  Message next() {
    {
      const std::lock_guard<std::mutex> lock(reading_);
      isBusy_ = false;
    }
    // From here on the other one leaves all to this one.
    while (queue_.empty()) receive(0);
    const std::string line = std::move(queue_.front());
    queue_.pop_front();
    const std::lock_guard<std::mutex> lock(reading_);
    isBusy_ = true;
    return parse(line);
  }

private:
  void look() {
    for (;;) {
      std::this_thread::sleep_for(LOOK);
      const std::lock_guard<std::mutex> lock(reading_);
      while (isBusy_ && receive(MSG_DONTWAIT)) continue;
    }
  }

  /// @returns whether something came
  bool receive(int flags) {
    const ssize_t received = recv(CONTROL, part_.data(), part_.size(), flags);
    if (received < 0 && (errno == EINTR || (flags != 0 && errno == EAGAIN))) return false;
    if (received <= 0) _exit(0);
    rest_.append(part_.data(), static_cast<std::size_t>(received));
    for (std::size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n')) {
      take(rest_.substr(0, end));
      rest_.erase(0, end + 1);
    }
    if (rest_.size() > LONGEST_LINE_BYTES) {
      std::cerr << "expected lines of at most " << LONGEST_LINE_BYTES << " bytes from the agent" << std::endl;
      _exit(2);
    }
    return true;
  }

  void take(std::string line) {
    if (line == "ping") return send(Line("pong"));
    queue_.push_back(std::move(line));
  }

  std::mutex sending_;
  /// Held by whoever reads, unless nobody else does.
  std::mutex reading_;
  bool isBusy_ = true;
  std::vector<char> part_;
  std::string rest_;
  std::deque<std::string> queue_;
  std::thread looker_;
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

Line failed(const std::exception& error) {
  const auto* failure = dynamic_cast<const Failure*>(&error);
  const bool isMemory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
  const FailureClass of = failure != nullptr ? failure->of : isMemory ? FailureClass::memory : FailureClass::other;
  std::string message = isMemory ? "out of memory" : error.what();
  constexpr std::size_t LONGEST_MESSAGE = 1000;
  if (message.size() > LONGEST_MESSAGE) message.resize(LONGEST_MESSAGE);
  Line line("failed");
  line.with("class", describe(of)).with("message", message);
  return line;
}

/// It becomes a part of names of files. @throws Failure for what is none
std::string sha256In(const Message& message) {
  const std::string sum = message.text("sha256", "");
  if (!sum.empty() && (sum.size() != 64 || sum.find_first_not_of("0123456789abcdef") != std::string::npos))
    throw Failure(FailureClass::other, "expected 64 hexadecimal digits for sha256 in \"open\", received " + sum);
  return sum;
}

std::size_t microsecondsSince(std::chrono::steady_clock::time_point begun) {
  const auto spent = std::chrono::steady_clock::now() - begun;
  return static_cast<std::size_t>(std::chrono::duration_cast<std::chrono::microseconds>(spent).count());
}

class Session {
public:
  Session(Engine& engine, Control& control) : engine_(engine), control_(control) {}

  void open(const Message& message) {
    if (!tensors_.empty()) throw Failure(FailureClass::other, "expected one \"open\", received another");
    const std::size_t bytes = message.count("bytes");
    const Mapping network(NETWORK, bytes, PROT_READ);
    close(NETWORK);
    OpenRequest request;
    request.name = message.text("name");
    request.network = network.base();
    request.networkBytes = bytes;
    request.threads = message.count("threads");
    request.fullPrecision = message.text("precision") == "fp32";
    request.device = message.text("device", "");
    request.cache = message.text("cache", "");
    request.sha256 = sha256In(message);
    const Opened opened = engine_.open(request, [this](const std::string& stage, double part) {
      control_.send(Line("progress").with("stage", stage).with("percent", static_cast<std::size_t>(100 * part)));
    });
    tensors_.push_back(opened.input);
    tensors_.insert(tensors_.end(), opened.outputs.begin(), opened.outputs.end());
    control_.send(Line("ready")
                      .with("device", opened.device)
                      .with("precision", opened.precision)
                      .with("input", describe({opened.input}))
                      .with("outputs", describe(opened.outputs)));
  }

  void map(const Message& message) {
    if (tensors_.empty() || frames_ != nullptr)
      throw Failure(FailureClass::other, "expected \"map\" once, after \"open\"");
    const SlotLayout layout(tensors_);
    const std::size_t slots = message.count("slots");
    if (message.count("bytes") != layout.bytes || slots == 0 || slots > MOST_SLOTS)
      throw Failure(FailureClass::other, "expected 1 to " + std::to_string(MOST_SLOTS) + " slots of " +
                                             std::to_string(layout.bytes) + " bytes, received " + message.text("slots") +
                                             " of " + message.text("bytes"));
    frames_.reset(new Mapping(FRAMES, slots * layout.bytes, PROT_READ | PROT_WRITE));
    std::vector<char*> bases;
    for (std::size_t slot = 0; slot < slots; slot++) bases.push_back(frames_->base() + slot * layout.bytes);
    slots_ = slots;
    engine_.use(bases, layout);
    control_.send(Line("mapped"));
  }

  void infer(const Message& message) {
    const std::size_t frame = message.count("frame");
    try {
      const std::size_t slot = message.count("slot");
      if (slot >= slots_)
        throw Failure(FailureClass::other,
                      "expected a slot below " + std::to_string(slots_) + ", received " + std::to_string(slot));
      const auto begun = std::chrono::steady_clock::now();
      engine_.infer(slot);
      control_.send(Line("done").with("frame", frame).with("us", microsecondsSince(begun)));
    } catch (const std::exception& error) {
      control_.send(failed(error).with("frame", frame));
    }
  }

private:
  static constexpr std::size_t MOST_SLOTS = 64;

  Engine& engine_;
  Control& control_;
  std::vector<TensorShape> tensors_;
  std::unique_ptr<Mapping> frames_;
  std::size_t slots_ = 0;
};

}  // namespace

int serve(Engine& engine) {
  // The thread of the agent that started this one may end without a word, and this one may be stopped by then.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A service manager and a terminal tell all processes to end; when this one is to end is the agent's matter.
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) std::signal(signal, SIG_IGN);
  if (fcntl(CONTROL, F_GETFD) == -1) {
    std::cerr << "expected to be started by cspcam, with control on descriptor 3 (cspcam engines check)" << std::endl;
    return 2;
  }
  // Never destroyed: its thread reads on until the process has ended.
  static Control& control = *new Control;
  try {
    control.send(Line("hello")
                     .with("protocol", PROTOCOL)
                     .with("engine", engine.name())
                     .with("version", engine.version())
                     .with("devices", joined(engine.devices())));
    Session session(engine, control);
    for (;;) {
      const Message message = control.next();
      if (message.kind == "end") return 0;
      if (message.kind == "open") {
        session.open(message);
      } else if (message.kind == "map") {
        session.map(message);
      } else if (message.kind == "infer") {
        session.infer(message);
      } else {
        throw Failure(FailureClass::other, "expected open, map, infer, ping or end, received " + message.kind);
      }
    }
  } catch (const std::exception& error) {
    control.send(failed(error));
    return 1;
  }
}

}  // namespace cspcam
