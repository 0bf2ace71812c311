// The agent's side, loaded into Node: memory that it shares with an engine, and a wait for an engine's words on the thread
// that asks, for which Node has no functions. ../../system-calls.ts says what each does.

#include <fcntl.h>
#include <linux/memfd.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "node-api.hpp"

namespace {

constexpr std::size_t LONGEST_TEXT_BYTES = 8192;
constexpr std::size_t MOST_ARGUMENTS = 2;

/// Of a call from JavaScript; what is missing is 0.
class Arguments {
public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    std::size_t count = MOST_ARGUMENTS;
    napi_get_cb_info(env, info, &count, values_, nullptr, nullptr);
  }
  std::int64_t number(std::size_t i) const {
    std::int64_t number = 0;
    napi_get_value_int64(env_, values_[i], &number);
    return number;
  }
  int descriptor(std::size_t i) const { return static_cast<int>(number(i)); }
  std::size_t text(std::size_t i, char (&text)[LONGEST_TEXT_BYTES + 2]) const {
    std::size_t length = 0;
    napi_get_value_string_latin1(env_, values_[i], text, sizeof text, &length);
    return length;
  }

private:
  napi_env env_;
  napi_value values_[MOST_ARGUMENTS] = {};
};

/// With a code as Node has it in errors of its own.
napi_value failed(napi_env env, const std::string& wanted) {
  const int error = errno;
  const std::string message = "expected " + wanted + ", received " + std::strerror(error);
  napi_throw_error(env, error == ENOMEM ? "ENOMEM" : "EIO", message.c_str());
  return nullptr;
}

napi_value number(napi_env env, std::int64_t value) {
  napi_value result = nullptr;
  napi_create_int64(env, value, &result);
  return result;
}

napi_value memory(napi_env env, napi_callback_info) {
  constexpr unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  // From Linux 6.3 on, where a machine may insist on it: nothing in there is a program.
  constexpr unsigned NOEXEC = 8;
  long descriptor = syscall(SYS_memfd_create, "cspcam", flags | NOEXEC);
  if (descriptor < 0 && errno == EINVAL) descriptor = syscall(SYS_memfd_create, "cspcam", flags);
  return descriptor < 0 ? failed(env, "a file in memory") : number(env, descriptor);
}

napi_value close(napi_env env, napi_callback_info info) {
  ::close(Arguments(env, info).descriptor(0));
  return nullptr;
}

void unmap(napi_env, void* base, void* bytes) { munmap(base, reinterpret_cast<std::size_t>(bytes)); }

/// Whoever else has the file could shorten it, and this process would die where it reads what is gone.
bool seal(int descriptor) {
  return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0;
}

napi_value map(napi_env env, napi_callback_info info) {
  const Arguments given(env, info);
  const int descriptor = given.descriptor(0);
  const std::size_t bytes = static_cast<std::size_t>(given.number(1));
  if (!seal(descriptor)) return failed(env, "a file in memory that keeps its size");
  void* base = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, 0);
  if (base == MAP_FAILED) return failed(env, "to map " + std::to_string(bytes) + " bytes");
  napi_value result = nullptr;
  if (napi_create_external_arraybuffer(env, base, bytes, unmap, reinterpret_cast<void*>(bytes), &result) != 0)
    munmap(base, bytes);
  return result;
}

napi_value connection(napi_env env, napi_callback_info) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return failed(env, "a connection for an engine");
  napi_value result = nullptr;
  napi_create_array(env, &result);
  for (std::uint32_t i = 0; i < 2; i++) napi_set_element(env, result, i, number(env, ends[i]));
  return result;
}

napi_value send(napi_env env, napi_callback_info info) {
  const Arguments given(env, info);
  char text[LONGEST_TEXT_BYTES + 2];
  const std::size_t length = given.text(1, text);
  const ssize_t sent = ::send(given.descriptor(0), text, length, MSG_NOSIGNAL | MSG_DONTWAIT);
  return number(env, sent < 0 ? 0 : sent);
}

napi_value receive(napi_env env, napi_callback_info info) {
  const Arguments given(env, info);
  pollfd readable{given.descriptor(0), POLLIN, 0};
  napi_value result = nullptr;
  char text[LONGEST_TEXT_BYTES];
  ssize_t received = -1;
  // A signal is Node's matter, which sees to it once this has returned.
  if (poll(&readable, 1, static_cast<int>(given.number(1))) > 0) {
    received = recv(readable.fd, text, sizeof text, MSG_DONTWAIT);
    const bool isOver = received == 0 || (received < 0 && errno != EAGAIN && errno != EINTR);
    if (isOver) return nullptr;
  }
  napi_create_string_latin1(env, text, received < 0 ? 0 : static_cast<std::size_t>(received), &result);
  return result;
}

void add(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function = nullptr;
  napi_create_function(env, name, std::strlen(name), callback, nullptr, &function);
  napi_set_named_property(env, exports, name, function);
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) std::int32_t node_api_module_get_api_version_v1() { return 8; }

__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  add(env, exports, "memory", memory);
  add(env, exports, "close", close);
  add(env, exports, "map", map);
  add(env, exports, "connection", connection);
  add(env, exports, "send", send);
  add(env, exports, "receive", receive);
  return exports;
}

}  // extern "C"
