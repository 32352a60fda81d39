// A conversion over files in memory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "checkpoint/bundle_reader.h"
#include "checkpoint/bundle_writer.h"
#include "convert/driver.h"
#include "support/catch.h"
#include "support/fake_file_system.h"

namespace smcli {

class ConvertFixture : public Notices {
 public:
  void Warn(std::string_view message) override { warnings.emplace_back(message); }

  // Writes the tensors as the checkpoint "in/ckpt", which is what is converted.
  void Store(const std::vector<std::pair<std::string, Tensor>>& tensors) {
    BundleWriter writer(files, "in/ckpt");
    for (const auto& [key, tensor] : tensors) REQUIRE_OK(writer.Add(key, tensor));
    REQUIRE_OK(writer.Finish());
  }

  Status Run(std::string_view target, const std::string& out, bool overwrite = false) {
    SMCLI_ASSIGN_OR_RETURN(const Converter* converter, FindConverter(target));
    if (!variables) {
      SMCLI_ASSIGN_OR_RETURN(variables, BundleReader::Open(files, "in/ckpt"));
    }
    ConvertSource source;
    source.path = "in/ckpt";
    source.variables = variables.get();
    ThreadPool pool(threads);
    return Convert({*converter, source, options, out, overwrite}, files, pool, *this);
  }

  FakeFileSystem files;
  ConvertOptions options;
  std::unique_ptr<BundleReader> variables;
  std::vector<std::string> warnings;
  int threads = 2;
};

}  // namespace smcli
