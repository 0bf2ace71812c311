// A folder of what OpenVINO has compiled -> that of one network, held while it is in use; of the others the oldest go.
#pragma once

#include <string>

namespace cspcam {
namespace openvino {

class KeptFolder {
public:
  KeptFolder() = default;
  ~KeptFolder();
  KeptFolder(const KeptFolder&) = delete;
  KeptFolder& operator=(const KeptFolder&) = delete;

  /// Once. @param name of all that what is compiled depends on @returns whether it is there, else `errno` tells why not
  bool hold(const std::string& cache, const std::string& name);
  /// Others that nobody holds, but for the ones used last, and what earlier versions have left beside them.
  void pruneOthers() const;
  const std::string& path() const { return path_; }

private:
  std::string cache_;
  std::string path_;
  int descriptor_ = -1;
};

}  // namespace openvino
}  // namespace cspcam
