#include "cli/flags.h"

namespace smcli {

Flag& Flags::Add(std::string_view names, std::string_view operand, Flag::Target target, std::string_view help) {
  Flag flag;
  size_t start = 0;
  while (start <= names.size()) {
    const size_t end = std::min(names.find(',', start), names.size());
    const std::string_view name = names.substr(start, end - start);
    if (name.size() == 1) {
      flag.letter = name[0];
    } else if (flag.name.empty()) {
      flag.name = name;
    } else {
      flag.aliases.emplace_back(name);
    }
    start = end + 1;
  }
  flag.operand = operand;
  flag.help = help;
  flag.group = group_;
  flag.target = target;
  return flags_.emplace_back(std::move(flag));
}

Flag& Flags::Positional(std::string_view operand, std::vector<std::string>* target, std::string_view help) {
  Flag& flag = Add(operand, operand, target, help);
  flag.positional = true;
  return flag;
}

}  // namespace smcli
