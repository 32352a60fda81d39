// Every printer over one sample report, against testdata/report/sample.NAME, and what is odd about single formats.
#include "report/printers.h"

#include <cmath>
#include <limits>

#include "base/file.h"
#include "base/json.h"
#include "report/layout.h"
#include "report/text_table.h"
#include "support/catch.h"

namespace smcli {
namespace {

using Cell = class Value;  // the tests' own function Value() hides it

// One of everything that a report can hold.
Report Sample() {
  Report report;
  report.schema = "smcli.sample/1";
  report.Add("name", "name", Value::Text("a \"b\", <c>|d*_e`"));
  report.Add("hostile", "hostile", Value::Text(std::string_view("tab\tnew\nline \x1b[31m\xe2\x80\xae end \xff", 27)));
  report.Add("count", "count", Value::Count(1234567));
  report.Add("bytes", "size", Value::Bytes(3 << 20));
  report.Add("percent", "share", Value::Percent(12.345));
  report.Add("real", "real", Value::Real(0.1));
  report.Add("nan", "nan", Value::Real(std::nan("")));
  report.Add("infinity", "infinity", Value::Real(-std::numeric_limits<double>::infinity()));
  report.Add("large", "large", Value::Natural(std::numeric_limits<uint64_t>::max()));
  report.Add("yes", "yes", Cell(true));
  report.Add("nothing", "nothing", Cell());
  report.Add("list", "list", Value::Of(Value::List{Value::Text("x"), Value::Int(-1)}));
  report.Add("empty", "empty", Value::Of(Value::List{}));
  report.Add("gist", "gist", Value::WithGist("two\n  lines", Value::Of(Value::Object{{"a", "", Value::Int(1)}})));
  report.Add("machines_only", "", Value::Int(7));
  report.Add("", "people only", Value::Text("seen"));
  Table table;
  table.columns = {{"key", "name"}, {"bytes", "size"}, {"", "note"}, {"hidden", ""}};
  table.Add({Value::Text("first"), Value::Bytes(10), Value::Text("änd 漢字"), Value::Int(1)});
  table.Add({Value::Text("second"), Cell(), Value::Text("x"), Value::Int(2)}, 1);
  table.Add({Value::Text("third"), Value::Bytes(2048), Cell(), Cell()});
  table.note = "3 rows";
  report.Add("table", "table", Value::Of(std::move(table)));
  Value::Object object = {{"inner", "inner", Value::Text("value")}, {"deep", "deep", Value::Of(Value::Object{})}};
  report.Add("object", "object", Value::Of(Value::List{Value::Of(object), Value::Of(object)}));
  return report;
}

std::string Print(std::string_view format, const Report& report, const PrintStyle& style = {}) {
  std::string out;
  FindPrinter(format)->print(report, style, &out);
  return out;
}

TEST_CASE("every printer gives the sample as it stands in testdata/report") {
  const auto files = MakeRealFileSystem();
  for (const Printer& printer : AllPrinters()) {
    INFO(printer.name);
    const std::string expected = Value(files->Read(fmt::format("testdata/report/sample.{}", printer.name), 1 << 20));
    CHECK(Print(printer.name, Sample()) == expected);
  }
}

// Hidden: `smcli_test_report "[update]"` writes the samples anew, to be read before they are committed.
TEST_CASE("the samples are written", "[.update]") {
  const auto files = MakeRealFileSystem();
  for (const Printer& printer : AllPrinters()) {
    REQUIRE_OK(
        WriteFile(*files, fmt::format("testdata/report/sample.{}", printer.name), Print(printer.name, Sample())));
  }
}

TEST_CASE("no printer lets control characters or direction overrides through") {
  for (const Printer& printer : AllPrinters()) {
    INFO(printer.name);
    const std::string text = Print(printer.name, Sample());
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("\xe2\x80\xae") == std::string::npos);
    CHECK(text.find('\xff') == std::string::npos);
  }
}

TEST_CASE("the JSON form keeps every number and says what is no number or no text") {
  const std::string text = Print("json", Sample());
  const Json json = Value(Json::Parse(text));
  CHECK(text.find("\"large\": 18446744073709551615") != std::string::npos);
  CHECK(*json.Find("nan")->string() == "NaN");
  CHECK(*json.Find("infinity")->string() == "-Infinity");
  CHECK(json.Find("hostile")->Find("b64") != nullptr);
  CHECK(json.Find("people only") == nullptr);
}

TEST_CASE("on a terminal long cells are shortened in the middle and lines fit") {
  Report report;
  Table table;
  table.columns = {{"a", "name"}, {"b", "size"}};
  table.Add({Value::Text(std::string(200, 'x') + "_end"), Value::Count(1)});
  report.Add("t", "table", Value::Of(std::move(table)));
  const std::string text = Print("text", report, {.color = false, .width = 40});
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    CHECK(end - at <= 40 + 2);  // the ellipsis is three bytes wide
    at = end + 1;
  }
  CHECK(text.find("_end") != std::string::npos);
  CHECK(Print("text", report).find(std::string(200, 'x')) != std::string::npos);
}

TEST_CASE("colour marks headings, and nothing without colour") {
  CHECK(Print("text", Sample(), {.color = true, .width = 0}).find("\x1b[1;36m") != std::string::npos);
  CHECK(Print("text", Sample(), {.color = false, .width = 0}).find('\x1b') == std::string::npos);
}

TEST_CASE("rows that are made while they are printed look like rows that were made before") {
  struct Squares final : RowSource {
    size_t size() const override { return 12; }
    void Make(size_t i, Row* row) const override {
      row->cells.resize(3);
      row->cells[0].SetText(std::string(i, 'x'));
      row->cells[1] = Value::Count(static_cast<int64_t>(i * i));
      i % 2 == 0 ? row->cells[2].SetText("even\n") : void(row->cells[2] = Value::Bytes(i));
    }
  };
  const auto source = std::make_shared<const Squares>();
  Table made, kept;
  made.columns = kept.columns = {{"name", "name"}, {"square", "square"}, {"kind", "kind"}};
  made.source = source;
  for (size_t i = 0; i < source->size(); ++i) source->Make(i, &kept.rows.emplace_back());
  for (const Printer& printer : AllPrinters()) {
    INFO(printer.name);
    const auto printed = [&](const Table& table) {
      Report report;
      report.Add("table", "table", Value::Of(table));
      return Print(printer.name, report, {.width = 30});
    };
    CHECK(printed(made) == printed(kept));
  }
}

TEST_CASE("text is wrapped at spaces and shortened around its middle") {
  CHECK(Wrap("aa bb cc", 2, 7) == "aa bb\n  cc");
  CHECK(Wrap("one\ntwo", 1, 80) == "one\n two");
  CHECK(Shortened("abcdefghij", 5) == "ab…ij");
  CHECK(Shortened("abc", 3) == "abc");
  CHECK(Shortened("abc", 1) == "…");
  CHECK(Padded("漢", 3) == "漢 ");
  CHECK(RightAligned("7", 3) == "  7");
}

TEST_CASE("a column is numeric when every cell is a number or nothing, and one is a number") {
  Table table;
  table.columns = {{"a", "a"}, {"b", "b"}, {"c", "c"}};
  table.Add({Value::Int(1), Cell(), Value::Int(1)});
  table.Add({Cell(), Cell(), Value::Text("x")});
  const std::vector<bool> numeric = NumericColumns(table);
  CHECK(numeric[0]);
  CHECK_FALSE(numeric[1]);
  CHECK_FALSE(numeric[2]);
}

}  // namespace
}  // namespace smcli
