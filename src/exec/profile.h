// Profile: where the time of a run went, node by node. Collected by the executor when a Session is given one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smcli {

class Profile {
 public:
  struct Event {
    std::string function;  // empty for the main graph
    std::string node;
    std::string op;
    int64_t start_ns = 0;     // since the first event
    int64_t duration_ns = 0;  // calls of functions include what they call
    int64_t output_bytes = 0;
    int depth = 0;  // nesting of calls
  };

  const std::vector<Event>& events() const { return events_; }
  void Add(Event event) { events_.push_back(std::move(event)); }

  struct OpTotal {
    std::string op;
    int64_t count = 0;
    int64_t self_ns = 0;  // without what called functions spent
    int64_t output_bytes = 0;
  };
  // Most expensive first.
  std::vector<OpTotal> ByOp() const;
  // Chrome's trace event format (chrome://tracing, Perfetto), one JSON document.
  std::string ChromeTrace() const;

 private:
  std::vector<Event> events_;
};

}  // namespace smcli
