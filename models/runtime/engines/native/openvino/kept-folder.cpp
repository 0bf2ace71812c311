#include "kept-folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace cspcam {
namespace openvino {
namespace {

namespace fs = std::filesystem;

/// Beside the one in use.
constexpr std::size_t MOST_OTHERS = 3;
const std::string PREFIX = "openvino-";

int openFolder(const std::string& path) { return open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

void removeUnlessHeld(const fs::path& folder) {
  const int descriptor = openFolder(folder.string());
  if (descriptor < 0) return;
  std::error_code ignored;
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) fs::remove_all(folder, ignored);
  close(descriptor);
}

}  // namespace

KeptFolder::~KeptFolder() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool KeptFolder::hold(const std::string& cache, const std::string& name) {
  const std::string path = cache + '/' + PREFIX + name;
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return false;
  descriptor_ = openFolder(path);
  if (descriptor_ < 0) return false;
  // Several processes may use one; the lock goes with this one, however it ends.
  flock(descriptor_, LOCK_SH | LOCK_NB);
  // Whoever prunes goes by when it was used.
  futimens(descriptor_, nullptr);
  cache_ = cache;
  path_ = path;
  return true;
}

void KeptFolder::pruneOthers() const {
  if (path_.empty()) return;
  std::error_code ignored;
  std::vector<std::pair<fs::file_time_type, fs::path>> others;
  for (fs::directory_iterator entry(cache_, ignored), end; entry != end; entry.increment(ignored)) {
    const fs::path path = entry->path();
    const std::string name = path.filename().string();
    if (path.extension() == ".blob" || path.extension() == ".cl_cache") fs::remove(path, ignored);
    else if (name.compare(0, PREFIX.size(), PREFIX) == 0 && path != fs::path(path_))
      others.emplace_back(fs::last_write_time(path, ignored), path);
  }
  std::sort(others.rbegin(), others.rend());
  for (std::size_t i = MOST_OTHERS; i < others.size(); i++) removeUnlessHeld(others[i].second);
}

}  // namespace openvino
}  // namespace cspcam
