// The matrix product that all of MatMul, Conv and their kin come down to: rows given by pointers, and their elements in
// segments, so that a convolution needs no copy of its patches.
#pragma once

#include <cstdint>

namespace smcli {

// Columns come in panels of 64 bytes. A packed matrix is [panels][K][kPanelColumns], the last panel filled up with
// zeros.
template <typename T>
inline constexpr int64_t kPanelColumns = 64 / sizeof(T);

// c[i][j] = sum over s, k of a[i][segments[s] + k] * B[s * segment_length + k][j], for i < rows and j < columns. The
// products are added up in the order of K, in blocks cut by its length alone, so a part of a product (fewer rows, fewer
// panels) has the same bits as the whole.
template <typename T>
struct ProductArgs {
  int64_t rows = 0;
  const T* const* a = nullptr;  // [rows]
  T* const* c = nullptr;        // [rows]
  const int64_t* segments = nullptr;
  int64_t num_segments = 0;
  int64_t segment_length = 0;
  const T* b = nullptr;  // panel p, row k at b + p * b_panel + k * b_step: packed, or a plain matrix in place
  int64_t b_panel = 0;
  int64_t b_step = 0;
  const T* b_last = nullptr;  // the last panel, packed, when columns is no multiple of kPanelColumns
  int64_t columns = 0;
  T* scratch = nullptr;  // kProductScratch elements, or null: worth giving where AliasedRows()
};

// Elements of scratch memory: a block of rows of a, copied together where they would fall into the same cache sets.
inline constexpr int64_t kProductScratch = 256 * (256 + 16);
// Rows that lie a multiple of 4 KiB apart do.
inline bool AliasedRows(int64_t bytes_apart) { return bytes_apart != 0 && bytes_apart % 4096 == 0; }

template <typename T>
struct ProductLoops {
  void (*multiply)(const ProductArgs<T>& args);
  // Packs panels [first, last) of B[k][n], whose element (k, j) is at b + k * row_step + j * column_step, where one of
  // the steps is 1. to: the start of panel `first`.
  void (*pack)(const T* b, int64_t row_step, int64_t column_step, int64_t k, int64_t n, int64_t first, int64_t last,
               T* to);
  // c[i] = sum over j < k of a[i * a_step + j] * b[j], i < rows: a product with a single column, whose sums run over K
  // in as many parts as two registers have lanes. A panel would be empty but for one lane, and add in one part.
  void (*rows_by_column)(const T* a, int64_t a_step, const T* b, int64_t rows, int64_t k, T* c);
};

}  // namespace smcli
