// The bytes of a tensor in a bundle's data file, and their meaning. Plain elements lie as they do in memory, in the
// byte order that the bundle's header names. Strings and variants:
//
//   strings:   varint64 length of each; masked CRC-32C of the lengths (each as uint32, or uint64 beyond that);
//              then the bytes of all
//   variants:  of each: varint64 length, a VariantTensorDataProto, masked CRC-32C of all up to here (lengths as uint64)
//
// The entry's checksum goes on over the stored checksums and the bytes.
#pragma once

#include "base/file.h"
#include "base/result.h"
#include "checkpoint/bundle_reader.h"

namespace smcli {

struct StoredValue {
  DataType dtype;
  const Shape& shape;
  uint32_t masked_crc;
  const MappedFile& bytes;  // its own alone
};

struct BundleDecoding {
  bool big_endian = false;
  bool verify = true;
  ThreadPool* pool = nullptr;
};

// `InvalidModelError` `name`, a BundleChecksumMismatch, say, where a checksum is not the one that is stored masked.
Status CheckCrc(uint32_t computed, uint32_t masked, std::string_view name);

// The tensor may look into the bytes. `InvalidModelError` BundleSizeMismatch, BundleChecksumMismatch,
// StringLengthsOverrun, StringLengthChecksumMismatch, VariantUnparsable, VariantChecksumMismatch.
Result<Tensor> DecodeBundleValue(const StoredValue& value, const BundleDecoding& decoding);

}  // namespace smcli
