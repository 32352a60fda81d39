// FaultyModel: a sound model of testdata/models in memory, to be damaged and checked.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "check/check_model.h"
#include "saved_model.pb.h"
#include "support/catch.h"
#include "support/fake_file_system.h"

namespace smcli {

class FaultyModel {
 public:
  explicit FaultyModel(const std::string& name) {
    const auto real = MakeRealFileSystem();
    Copy(*real, "testdata/models/" + name, "m");
  }

  FakeFileSystem& files() { return files_; }
  // The bytes of a file of the model: "saved_model.pb".
  std::string& File(const std::string& name) {
    REQUIRE(files_.files.contains("m/" + name));
    return files_.files.at("m/" + name);
  }
  void Put(const std::string& name, std::string bytes) { files_.files["m/" + name] = std::move(bytes); }
  void Remove(const std::string& name) { REQUIRE(files_.files.erase("m/" + name) == 1); }

  void Edit(const std::function<void(tensorflow::SavedModel&)>& edit) {
    tensorflow::SavedModel model;
    REQUIRE(model.ParseFromString(File("saved_model.pb")));
    edit(model);
    File("saved_model.pb") = model.SerializeAsString();
  }
  // Of the first meta-graph.
  void EditGraph(const std::function<void(tensorflow::GraphDef&)>& edit) {
    Edit([&](tensorflow::SavedModel& model) { edit(*model.mutable_meta_graphs(0)->mutable_graph_def()); });
  }

  Result<CheckAnswer> Check(const CheckWords& words = {}, bool deep = true) {
    const CheckPolicy policy = Value(CheckPolicy::Make(words));
    ThreadPool pool(2);
    return CheckModel(files_, "m", policy, {.deep = deep}, pool);
  }
  // "RULE file: place: message" of each finding above info, or of every finding.
  std::vector<std::string> Findings(const CheckWords& words = {}, bool infos = false) {
    std::vector<std::string> lines;
    for (const Finding& finding : Value(Check(words)).findings) {
      if (finding.severity == Severity::kInfo && !infos) continue;
      lines.push_back(fmt::format("{} {} {}: {}: {}", Name(finding.severity), finding.rule, finding.file, finding.place,
                                  finding.message));
    }
    return lines;
  }

 private:
  void Copy(const FileSystem& real, const std::string& from, const std::string& to) {
    for (const DirectoryEntry& entry : Value(real.List(from))) {
      const std::string source = from + "/" + entry.name, target = to + "/" + entry.name;
      if (entry.kind == FileKind::kDirectory) {
        Copy(real, source, target);
      } else {
        files_.files[target] = std::string(Value(real.Map(source)).bytes());
      }
    }
  }

  FakeFileSystem files_;
};

// Does one line hold all of the words?
inline bool AnyHolds(const std::vector<std::string>& lines, const std::vector<std::string>& words) {
  for (const std::string& line : lines) {
    bool all = true;
    for (const std::string& word : words) all = all && line.find(word) != std::string::npos;
    if (all) return true;
  }
  return false;
}

// One finding of the rule, with these words, and no other above info but those of the rules in `beside`.
inline void CheckFinds(FaultyModel& model, const std::string& rule, const std::vector<std::string>& words,
                       const std::vector<std::string>& beside = {}, const CheckWords& options = {}) {
  const std::vector<std::string> lines = model.Findings(options, true);
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  INFO(all);
  std::vector<std::string> wanted = words;
  wanted.push_back(" " + rule + " ");
  CHECK(AnyHolds(lines, wanted));
  for (const std::string& line : lines) {
    bool expected = line.starts_with("info ") || line.find(" " + rule + " ") != std::string::npos;
    for (const std::string& other : beside) expected = expected || line.find(" " + other + " ") != std::string::npos;
    CHECK(expected);
  }
}

}  // namespace smcli
