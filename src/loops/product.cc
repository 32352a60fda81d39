// Matrix products: a register tile of some rows by some panels, blocked over K so that a group of panels stays in the
// first-level cache while the rows pass by.
#include <cstring>

#include "loops/tables.h"

SMCLI_LOOPS_BEGIN
namespace {

#if defined(__AVX512F__)
constexpr int kRegisterBytes = 64;
constexpr int kAccumulators = 28;
#elif defined(__AVX__)
constexpr int kRegisterBytes = 32;
constexpr int kAccumulators = 12;
#else
constexpr int kRegisterBytes = 16;
constexpr int kAccumulators = 12;
#endif

// K is walked in blocks of about so many elements.
constexpr int64_t kBlockDepth = 256;
constexpr int64_t kBlockRows = 256;

template <typename T>
struct Register;
template <>
struct Register<float> {
  typedef float type __attribute__((vector_size(kRegisterBytes)));
};
template <>
struct Register<double> {
  typedef double type __attribute__((vector_size(kRegisterBytes)));
};

constexpr int kVectorsPerPanel = 64 / kRegisterBytes;
constexpr int64_t kMaxRows = kAccumulators / (kRegisterBytes == 64 ? 2 : kVectorsPerPanel);  // 14, 6, 3

// How many panels a tile of so many rows takes: as many as the registers hold, and enough for independent sums.
constexpr int PanelsFor(int rows) {
  int panels = 8;
  while (panels > 1 && rows * panels * kVectorsPerPanel > kAccumulators) panels /= 2;
  return panels;
}

// One block of K: `segments` runs of `length` elements, at these offsets from each row.
struct Depth {
  const int64_t* offsets;
  int64_t segments;
  int64_t length;
};

template <typename T>
struct Tile {
  const T* const* a;
  T* const* c;
  int64_t column;   // first column
  int64_t columns;  // in c; fewer than the panels hold in the last one
  const T* b;       // of the block's first k
  int64_t b_panel;
  int64_t b_step;
  bool first;  // block of K
};

// The parts of RunTile; inlined, so that the sums stay in registers.
#define SMCLI_PART                                           \
  template <typename T, typename V, int kRows, int kVectors> \
  [[gnu::always_inline]] inline

// What earlier blocks of K came to. Each block is summed from zero, so that its small terms meet a small sum.
SMCLI_PART void AddEarlierBlocks(const Tile<T>& tile, V (&sum)[kRows][kVectors]) {
  constexpr int kLanes = sizeof(V) / sizeof(T);
  const bool whole = tile.columns >= kVectors * kLanes;
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
    const T* from = tile.c[i] + tile.column;
    T row[kVectors * kLanes];
    if (!whole) {
      memcpy(row, from, static_cast<size_t>(tile.columns) * sizeof(T));
      from = row;
    }
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      V earlier;
      memcpy(&earlier, from + v * kLanes, sizeof(V));
      sum[i][v] += earlier;
    }
  }
}

SMCLI_PART void StoreSums(const Tile<T>& tile, V (&sum)[kRows][kVectors]) {
  constexpr int kLanes = sizeof(V) / sizeof(T);
  const bool whole = tile.columns >= kVectors * kLanes;
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
    T* to = tile.c[i] + tile.column;
    if (whole) {
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) memcpy(to + v * kLanes, &sum[i][v], sizeof(V));
    } else {
      memcpy(to, &sum[i][0], static_cast<size_t>(tile.columns) * sizeof(T));
    }
  }
}
#undef SMCLI_PART

template <typename T, int kRows, int kPanels>
void RunTile(const Tile<T>& tile, const Depth& depth) {
  using V = typename Register<T>::type;
  constexpr int kLanes = kRegisterBytes / static_cast<int>(sizeof(T));
  constexpr int kVectors = kPanels * kVectorsPerPanel;
  V sum[kRows][kVectors] = {};
  const T* b = tile.b;
  for (int64_t s = 0; s < depth.segments; ++s) {
    const T* a[kRows];
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) a[i] = tile.a[i] + depth.offsets[s];
    for (int64_t k = 0; k < depth.length; ++k) {
      V right[kVectors];
#pragma GCC unroll 8
      for (int p = 0; p < kPanels; ++p) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectorsPerPanel; ++v) {
          memcpy(&right[p * kVectorsPerPanel + v], b + p * tile.b_panel + v * kLanes, sizeof(V));
        }
      }
      b += tile.b_step;
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) {
        const T left = a[i][k];
#pragma GCC unroll 8
        for (int v = 0; v < kVectors; ++v) sum[i][v] += left * right[v];
      }
    }
  }
  if (!tile.first) AddEarlierBlocks<T, V>(tile, sum);
  StoreSums<T, V>(tile, sum);
}

// The function for a tile of `rows` rows and as many panels as are left (a power of two, at most PanelsFor(rows)).
template <typename T, int kRows, int kPanels>
void RunRows(const Tile<T>& tile, const Depth& depth, int rows, int panels) {
  if constexpr (kRows > 1) {
    if (rows < kRows) return RunRows<T, kRows - 1, PanelsFor(kRows - 1)>(tile, depth, rows, panels);
  }
  if constexpr (kPanels > 1) {
    if (panels < kPanels) return RunRows<T, kRows, kPanels / 2>(tile, depth, rows, panels);
  }
  RunTile<T, kRows, kPanels>(tile, depth);
}

template <typename T>
struct Multiplication {
  const ProductArgs<T>& args;

  // Rows [begin, end) with one block of K, all columns. `a`: their pointers (perhaps to copies).
  void Block(const T* const* a, int64_t begin, int64_t end, const Depth& depth, int64_t k, bool first) const {
    const int64_t tiles = (end - begin + kMaxRows - 1) / kMaxRows;
    constexpr int64_t kWidth = kPanelColumns<T>;
    const int64_t whole_panels = args.columns / kWidth;
    const int64_t panels = (args.columns + kWidth - 1) / kWidth;
    // The tallest tile decides how many panels go together.
    const int together = PanelsFor(static_cast<int>((end - begin + tiles - 1) / tiles));
    for (int64_t panel = 0; panel < panels;) {
      int count = together;
      while (panel + count > (panel < whole_panels ? whole_panels : panels)) count /= 2;
      const bool packed_last = panel >= whole_panels;
      Tile<T> tile;
      tile.column = panel * kWidth;
      tile.columns = args.columns - tile.column;
      tile.b = packed_last ? args.b_last + k * kWidth : args.b + panel * args.b_panel + k * args.b_step;
      tile.b_panel = args.b_panel;
      tile.b_step = packed_last ? kWidth : args.b_step;
      tile.first = first;
      for (int64_t t = 0; t < tiles; ++t) {
        const int64_t from = (end - begin) * t / tiles, to = (end - begin) * (t + 1) / tiles;
        tile.a = a + from;
        tile.c = args.c + begin + from;
        RunRows<T, static_cast<int>(kMaxRows), PanelsFor(static_cast<int>(kMaxRows))>(
            tile, depth, static_cast<int>(to - from), count);
      }
      panel += count;
    }
  }

  // Whether neighbouring rows lie a multiple of 4 KiB apart, so that a tile's rows fight for the same cache sets.
  bool Aliased(int64_t begin, int64_t end) const {
    if (end - begin < 4) return false;
    const auto step = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(args.a[begin + 1]) -
                                            reinterpret_cast<uintptr_t>(args.a[begin]));
    return step % 4096 == 0 && step != 0;
  }

  void Rows(int64_t begin, int64_t end) const {
    const int64_t length = args.segment_length;
    const bool copy = args.scratch && args.columns >= 64 && Aliased(begin, end);
    // Short segments go together; long ones are cut.
    const int64_t segments_per_block = length >= kBlockDepth ? 1 : kBlockDepth / (length > 0 ? length : 1);
    const int64_t pieces = length > kBlockDepth ? (length + kBlockDepth - 1) / kBlockDepth : 1;
    for (int64_t s = 0; s < args.num_segments || s == 0; s += segments_per_block) {
      const int64_t count = s + segments_per_block <= args.num_segments ? segments_per_block : args.num_segments - s;
      for (int64_t piece = 0; piece < pieces; ++piece) {
        const int64_t from = length * piece / pieces, to = length * (piece + 1) / pieces;
        const bool first = s == 0 && piece == 0;
        const int64_t k = s * length + from;
        if (pieces == 1) {
          Depth depth{args.segments + s, count, length};
          if (copy && count == 1) {
            CopiedBlock(begin, end, args.segments[s], length, k, first);
          } else {
            Block(args.a + begin, begin, end, depth, k, first);
          }
        } else if (copy) {
          CopiedBlock(begin, end, args.segments[s] + from, to - from, k, first);
        } else {
          const int64_t offset = args.segments[s] + from;
          Block(args.a + begin, begin, end, {&offset, 1, to - from}, k, first);
        }
      }
    }
  }

  void CopiedBlock(int64_t begin, int64_t end, int64_t offset, int64_t length, int64_t k, bool first) const {
    const T* rows[kBlockRows];
    for (int64_t i = begin; i < end; ++i) {
      T* to = args.scratch + (i - begin) * (kBlockDepth + 16);
      memcpy(to, args.a[i] + offset, static_cast<size_t>(length) * sizeof(T));
      rows[i - begin] = to;
    }
    const int64_t zero = 0;
    Block(rows, begin, end, {&zero, 1, length}, k, first);
  }
};

template <typename T>
void Multiply(const ProductArgs<T>& args) {
  for (int64_t begin = 0; begin < args.rows; begin += kBlockRows) {
    Multiplication<T>{args}.Rows(begin, begin + kBlockRows < args.rows ? begin + kBlockRows : args.rows);
  }
}

template <typename T>
void Pack(const T* b, int64_t row_step, int64_t column_step, int64_t k, int64_t n, int64_t first, int64_t last, T* to) {
  constexpr int64_t kWidth = kPanelColumns<T>;
  for (int64_t panel = first; panel < last; ++panel) {
    const int64_t width = n - panel * kWidth < kWidth ? n - panel * kWidth : kWidth;
    const T* from = b + panel * kWidth * column_step;
    if (column_step == 1 && width == kWidth) {
      for (int64_t i = 0; i < k; ++i) memcpy(to + i * kWidth, from + i * row_step, sizeof(T) * kWidth);
    } else if (column_step == 1) {
      for (int64_t i = 0; i < k; ++i) {
        for (int64_t j = 0; j < kWidth; ++j) to[i * kWidth + j] = j < width ? from[i * row_step + j] : T(0);
      }
    } else {
      for (int64_t i = 0; i < k; ++i) {
        for (int64_t j = 0; j < kWidth; ++j)
          to[i * kWidth + j] = j < width ? from[i * row_step + j * column_step] : T(0);
      }
    }
    to += k * kWidth;
  }
}

// Dot products of `kRows` rows with the column, K on the lanes of two registers for each row.
template <typename T, int kRows>
void DotRows(const T* a, int64_t a_step, const T* b, int64_t k, T* c) {
  using V = typename Register<T>::type;
  constexpr int kLanes = kRegisterBytes / static_cast<int>(sizeof(T));
  V sum[kRows][2] = {};
  int64_t i = 0;
  for (; i + 2 * kLanes <= k; i += 2 * kLanes) {
    V right[2];
    memcpy(right, b + i, sizeof(right));
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
      V left[2];
      memcpy(left, a + r * a_step + i, sizeof(left));
      sum[r][0] += left[0] * right[0];
      sum[r][1] += left[1] * right[1];
    }
  }
  for (int r = 0; r < kRows; ++r) {
    const V both = sum[r][0] + sum[r][1];
    T lanes[kLanes];
    memcpy(lanes, &both, sizeof(both));
    for (int width = kLanes / 2; width > 0; width /= 2) {
      for (int j = 0; j < width; ++j) lanes[j] += lanes[j + width];
    }
    T rest = 0;
    for (int64_t j = i; j < k; ++j) rest += a[r * a_step + j] * b[j];
    c[r] = lanes[0] + rest;
  }
}

template <typename T>
void RowsByColumn(const T* a, int64_t a_step, const T* b, int64_t rows, int64_t k, T* c) {
  int64_t row = 0;
  for (; row + 4 <= rows; row += 4) DotRows<T, 4>(a + row * a_step, a_step, b, k, c + row);
  for (; row < rows; ++row) DotRows<T, 1>(a + row * a_step, a_step, b, k, c + row);
}

}  // namespace

constinit const ProductLoops<float> kProductF32 = {Multiply<float>, Pack<float>, RowsByColumn<float>};
constinit const ProductLoops<double> kProductF64 = {Multiply<double>, Pack<double>, RowsByColumn<double>};

SMCLI_LOOPS_END
