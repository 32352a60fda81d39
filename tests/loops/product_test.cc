// Matrix products of every CPU level against sums in double.
#include <cmath>
#include <vector>

#include "loops/loops.h"
#include "support/catch.h"

namespace smcli {
namespace {

// Numbers between -1 and 1 that are no short fractions.
std::vector<float> Noise(int64_t n, uint32_t seed) {
  std::vector<float> numbers;
  for (int64_t i = 0; i < n; ++i) {
    seed = seed * 1664525u + 1013904223u;
    numbers.push_back(static_cast<float>(static_cast<int32_t>(seed)) * 0x1p-31f);
  }
  return numbers;
}

double Dot(const float* row, const float* column, int64_t step, int64_t k) {
  double sum = 0;
  for (int64_t i = 0; i < k; ++i) sum += static_cast<double>(row[i]) * static_cast<double>(column[i * step]);
  return sum;
}

float DotInOrder(const float* row, const float* column, int64_t step, int64_t k) {
  float sum = 0;
  for (int64_t i = 0; i < k; ++i) sum += row[i] * column[i * step];
  return sum;
}

double RootOfMean(double squares, int64_t n) { return std::sqrt(squares / static_cast<double>(n)); }

}  // namespace

TEST_CASE("rows by a column are dot products, whatever the row's length and the number of rows") {
  const IsaList isas = AllIsas();
  for (int level = 0; level < isas.count; ++level) {
    for (const int64_t k : {0, 1, 7, 15, 16, 31, 32, 33, 64, 257}) {
      for (const int64_t rows : {1, 3, 4, 5, 9}) {
        const int64_t step = k + 3;
        const std::vector<float> a = Noise(rows * step, 1), b = Noise(k, 2);
        std::vector<float> c(static_cast<size_t>(rows), NAN);
        isas.tables[level]->product_f32->rows_by_column(a.data(), step, b.data(), rows, k, c.data());
        for (int64_t i = 0; i < rows; ++i) {
          INFO(isas.tables[level]->isa << " k " << k << " row " << i << " of " << rows);
          CHECK(c[static_cast<size_t>(i)] == Approx(Dot(a.data() + i * step, b.data(), 1, k)).margin(1e-5));
        }
      }
    }
  }
}

TEST_CASE("the error of a product with a column is that of a sum in parts, not of one after the other") {
  constexpr int64_t kRows = 500, kDepth = 4096;
  const std::vector<float> a = Noise(kRows * kDepth, 3), b = Noise(kDepth, 4);
  const IsaList isas = AllIsas();
  for (int level = 0; level < isas.count; ++level) {
    std::vector<float> c(kRows);
    isas.tables[level]->product_f32->rows_by_column(a.data(), kDepth, b.data(), kRows, kDepth, c.data());
    double in_parts = 0, in_order = 0;
    for (int64_t i = 0; i < kRows; ++i) {
      const double want = Dot(a.data() + i * kDepth, b.data(), 1, kDepth);
      in_order += std::pow(static_cast<double>(DotInOrder(a.data() + i * kDepth, b.data(), 1, kDepth)) - want, 2);
      in_parts += std::pow(static_cast<double>(c[static_cast<size_t>(i)]) - want, 2);
    }
    INFO(isas.tables[level]->isa);
    CHECK(RootOfMean(in_parts, kRows) < RootOfMean(in_order, kRows) / 2);
  }
}

TEST_CASE("a deep product of panels is summed in blocks, and its last panel may be partial") {
  constexpr int64_t kRows = 20, kDepth = 5000, kColumns = 21, kWidth = kPanelColumns<float>, kPanels = 2;
  const std::vector<float> a = Noise(kRows * kDepth, 5), b = Noise(kDepth * kColumns, 6);
  const IsaList isas = AllIsas();
  for (int level = 0; level < isas.count; ++level) {
    const ProductLoops<float>& loops = *isas.tables[level]->product_f32;
    std::vector<float> packed(kPanels * kDepth * kWidth), c(kRows * kColumns);
    loops.pack(b.data(), kColumns, 1, kDepth, kColumns, 0, kPanels, packed.data());
    std::vector<const float*> rows;
    std::vector<float*> results;
    for (int64_t i = 0; i < kRows; ++i) {
      rows.push_back(a.data() + i * kDepth);
      results.push_back(c.data() + i * kColumns);
    }
    const int64_t offset = 0;
    ProductArgs<float> args;
    args.rows = kRows;
    args.a = rows.data();
    args.c = results.data();
    args.segments = &offset;
    args.num_segments = 1;
    args.segment_length = kDepth;
    args.b = packed.data();
    args.b_panel = kDepth * kWidth;
    args.b_step = kWidth;
    args.b_last = packed.data() + kDepth * kWidth;
    args.columns = kColumns;
    loops.multiply(args);
    double in_blocks = 0, in_order = 0;
    for (int64_t i = 0; i < kRows; ++i) {
      for (int64_t j = 0; j < kColumns; ++j) {
        const double want = Dot(rows[static_cast<size_t>(i)], b.data() + j, kColumns, kDepth);
        const float one_by_one = DotInOrder(rows[static_cast<size_t>(i)], b.data() + j, kColumns, kDepth);
        in_order += std::pow(static_cast<double>(one_by_one) - want, 2);
        in_blocks += std::pow(static_cast<double>(results[static_cast<size_t>(i)][j]) - want, 2);
      }
    }
    INFO(isas.tables[level]->isa);
    CHECK(RootOfMean(in_blocks, kRows * kColumns) < 1e-5);
    CHECK(RootOfMean(in_blocks, kRows * kColumns) < RootOfMean(in_order, kRows * kColumns) / 1.5);
  }
}

}  // namespace smcli
