#include "kept-files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <utility>

namespace cspcam {
namespace tensorrt {
namespace {

const std::string UNFINISHED = ".new";
constexpr std::time_t ABANDONED_S = 3600;
constexpr std::size_t LONGEST_HEAD = 512;

/// A check against damage, not against malice: the folder is the user's own.
std::uint32_t crc32(const char* bytes, std::size_t count) {
  std::uint32_t table[256];
  for (std::uint32_t i = 0; i < 256; i++) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; bit++) value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320U : 0U);
    table[i] = value;
  }
  std::uint32_t crc = 0xffffffffU;
  for (std::size_t i = 0; i < count; i++) crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(bytes[i])) & 0xff];
  return ~crc;
}

class File {
public:
  File(const std::string& path, int flags) : descriptor(open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~File() {
    if (descriptor >= 0) close(descriptor);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool isOpen() const { return descriptor >= 0; }

  bool write(const void* bytes, std::size_t count) const {
    for (std::size_t done = 0; done < count;) {
      const ssize_t written = ::write(descriptor, static_cast<const char*>(bytes) + done, count - done);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      done += static_cast<std::size_t>(written);
    }
    return true;
  }

  bool readAll(std::vector<char>& bytes) const {
    struct stat state {};
    if (fstat(descriptor, &state) != 0) return false;
    bytes.resize(static_cast<std::size_t>(state.st_size));
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t got = ::read(descriptor, bytes.data() + done, bytes.size() - done);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      done += static_cast<std::size_t>(got);
    }
    return true;
  }

  const int descriptor;
};

/// First line of a file: whose it is, and what must follow.
std::string headOf(const std::string& name, const std::string& note, const char* content, std::size_t bytes) {
  char sum[9];
  std::snprintf(sum, sizeof sum, "%08x", static_cast<unsigned>(crc32(content, bytes)));
  return "cspcam " + name + ' ' + note + ' ' + std::to_string(bytes) + ' ' + sum + '\n';
}

bool endsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::vector<std::string> namesIn(const std::string& folder) {
  std::vector<std::string> names;
  DIR* directory = opendir(folder.c_str());
  if (directory == nullptr) return names;
  while (const dirent* entry = readdir(directory)) names.emplace_back(entry->d_name);
  closedir(directory);
  return names;
}

}  // namespace

bool KeptFiles::read(const std::string& name, KeptFile& file) const {
  if (folder_.empty()) return false;
  const std::string path = folder_ + '/' + name;
  const File source(path, O_RDONLY);
  if (!source.isOpen()) return false;
  std::vector<char> bytes;
  if (source.readAll(bytes)) {
    const auto end = std::find(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(bytes.size(), LONGEST_HEAD)), '\n');
    const std::string head(bytes.begin(), end == bytes.end() ? end : end + 1);
    const std::string begin = "cspcam " + name + ' ';
    if (head.compare(0, begin.size(), begin) == 0) {
      const std::string note = head.substr(begin.size(), head.find(' ', begin.size()) - begin.size());
      file.note = note;
      file.content.assign(bytes.begin() + static_cast<std::ptrdiff_t>(head.size()), bytes.end());
      if (headOf(name, note, file.content.data(), file.content.size()) == head) {
        // Whoever prunes goes by when it was used.
        futimens(source.descriptor, nullptr);
        return true;
      }
    }
  }
  notice_("expected " + path + " as it was written; made anew");
  return false;
}

void KeptFiles::write(const std::string& name, const std::string& note, const void* content, std::size_t bytes) const {
  if (folder_.empty()) return;
  mkdir(folder_.c_str(), 0755);
  const std::string path = folder_ + '/' + name;
  const std::string temporary = path + '.' + std::to_string(getpid()) + UNFINISHED;
  const std::string head = headOf(name, note, static_cast<const char*>(content), bytes);
  const auto isWritten = [&] {
    const File target(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    return target.isOpen() && target.write(head.data(), head.size()) && target.write(content, bytes) &&
           fsync(target.descriptor) == 0;
  };
  if (isWritten() && rename(temporary.c_str(), path.c_str()) == 0) {
    const File folder(folder_, O_RDONLY | O_DIRECTORY);
    if (folder.isOpen()) fsync(folder.descriptor);
    return;
  }
  const std::string reason = std::strerror(errno);
  unlink(temporary.c_str());
  notice_("expected to keep " + path + ", received " + reason);
}

void KeptFiles::prune(const std::string& prefix, const std::string& suffix, std::size_t most) const {
  if (folder_.empty()) return;
  std::vector<std::pair<std::time_t, std::string>> whole;
  for (const std::string& name : namesIn(folder_)) {
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    const std::string path = folder_ + '/' + name;
    struct stat state {};
    if (stat(path.c_str(), &state) != 0) continue;
    if (endsWith(name, suffix)) whole.emplace_back(state.st_mtime, path);
    if (endsWith(name, UNFINISHED) && state.st_mtime < std::time(nullptr) - ABANDONED_S) unlink(path.c_str());
  }
  std::sort(whole.rbegin(), whole.rend());
  for (std::size_t i = most; i < whole.size(); i++) unlink(whole[i].second.c_str());
}

}  // namespace tensorrt
}  // namespace cspcam
