// A folder in which what took long to make is kept for the next start: whole files, or none.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace cspcam {
namespace tensorrt {

struct KeptFile {
  /// One word of whoever wrote it.
  std::string note;
  std::vector<char> content;
};

class KeptFiles {
public:
  using Notice = std::function<void(const std::string&)>;

  /// @param folder empty for none: nothing is kept @param notice told what is not there or was not written, and why
  KeptFiles(std::string folder, Notice notice) : folder_(std::move(folder)), notice_(std::move(notice)) {}

  /// @returns whether it is there, whole and of this name; one that is damaged is as none
  bool read(const std::string& name, KeptFile& file) const;
  /// The former one stays until this is whole.
  void write(const std::string& name, const std::string& note, const void* content, std::size_t bytes) const;
  /// Of files whose names begin and end so: the ones used last stay, and what a killed writer left goes.
  void prune(const std::string& prefix, const std::string& suffix, std::size_t most) const;

private:
  std::string folder_;
  Notice notice_;
};

}  // namespace tensorrt
}  // namespace cspcam
