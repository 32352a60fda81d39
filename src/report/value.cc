#include "report/value.h"

#include "report/report.h"

namespace smcli {

struct Value::Tree {
  struct JsonText {
    std::string text;
  };
  std::variant<List, Object, Table, JsonText, std::pair<std::string, Value>> node;  // the pair: a gist, its structure
};

void Value::SetText(std::string_view text) {
  if (auto* own = std::get_if<std::string>(&data_)) {
    own->assign(text);
  } else {
    data_.emplace<std::string>(text);
  }
  unit_ = Unit::kNone;
}

Value Value::Of(List list) { return Value(std::make_shared<const Tree>(Tree{std::move(list)}), Unit::kNone); }
Value Value::Of(Object object) { return Value(std::make_shared<const Tree>(Tree{std::move(object)}), Unit::kNone); }
Value Value::Of(Table table) { return Value(std::make_shared<const Tree>(Tree{std::move(table)}), Unit::kNone); }

Value Value::Json(std::string json) {
  return Value(std::make_shared<const Tree>(Tree{Tree::JsonText{std::move(json)}}), Unit::kNone);
}

Value Value::WithGist(std::string gist, Value structure) {
  return Value(std::make_shared<const Tree>(Tree{std::pair(std::move(gist), std::move(structure))}), Unit::kNone);
}

template <typename T>
const T* Value::Find() const {
  const auto* tree = std::get_if<std::shared_ptr<const Tree>>(&data_);
  return tree ? std::get_if<T>(&(*tree)->node) : nullptr;
}

const Value::List* Value::list() const { return Find<List>(); }
const Value::Object* Value::object() const { return Find<Object>(); }
const Table* Value::table() const { return Find<Table>(); }

const std::string* Value::json() const {
  const auto* json = Find<Tree::JsonText>();
  return json ? &json->text : nullptr;
}

const std::string* Value::gist() const {
  const auto* pair = Find<std::pair<std::string, Value>>();
  return pair ? &pair->first : nullptr;
}

const Value& Value::structure() const {
  const auto* pair = Find<std::pair<std::string, Value>>();
  return pair ? pair->second : *this;
}

}  // namespace smcli
