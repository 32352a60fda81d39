// SharedBytes: a range of bytes, and what keeps them alive (a mapping, a string).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace smcli {

struct SharedBytes {
  std::string_view view;
  std::shared_ptr<const void> owner;
  const char* origin = nullptr;  // where the file begins that `view` is a part of: messages count positions from here

  SharedBytes() = default;
  SharedBytes(std::string_view bytes, std::shared_ptr<const void> keep_alive)
      : view(bytes), owner(std::move(keep_alive)), origin(bytes.data()) {}
  explicit SharedBytes(std::string bytes) {
    auto owned = std::make_shared<const std::string>(std::move(bytes));
    view = *owned;
    origin = view.data();
    owner = std::move(owned);
  }

  // A part of these bytes, alive as long as they are.
  SharedBytes Part(std::string_view part) const {
    SharedBytes result(part, owner);
    result.origin = origin;
    return result;
  }
};

}  // namespace smcli
