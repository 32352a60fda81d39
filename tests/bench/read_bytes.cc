// read_bytes FILE: maps a file and adds up its bytes as 64-bit numbers, with two threads: as fast as memory gives them.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstdio>
#include <thread>

namespace {

uint64_t Sum(const uint64_t* words, size_t count) {
  uint64_t sums[4] = {};
  for (size_t i = 0; i + 4 <= count; i += 4) {
    for (size_t k = 0; k < 4; ++k) sums[k] += words[i + k];
  }
  return sums[0] + sums[1] + sums[2] + sums[3];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const int fd = open(argv[1], O_RDONLY);
  struct stat info {};
  if (fd < 0 || fstat(fd, &info) != 0) return 1;
  const auto size = static_cast<size_t>(info.st_size);
  void* map = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (map == MAP_FAILED) return 1;
  const auto* words = static_cast<const uint64_t*>(map);
  const size_t half = size / sizeof(uint64_t) / 2;
  uint64_t first = 0, second = 0;
  std::thread other([&] { first = Sum(words, half); });
  second = Sum(words + half, half);
  other.join();
  std::printf("%llu\n", static_cast<unsigned long long>(first + second));
  return 0;
}
