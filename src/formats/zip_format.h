// Numbers of the zip format that its reader and its writer share.
#pragma once

#include <cstdint>

namespace smcli::zip {

inline constexpr uint32_t kLocalMagic = 0x04034b50, kCentralMagic = 0x02014b50, kEndMagic = 0x06054b50;
inline constexpr uint32_t kEnd64Magic = 0x06064b50, kLocator64Magic = 0x07064b50;
inline constexpr uint64_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22, kEnd64Size = 56, kLocator64Size = 20;

inline constexpr uint64_t kLocalCrc = 14;  // where a local header holds it

inline constexpr uint16_t kStored = 0, kDeflated = 8;
inline constexpr uint16_t kEncryptedFlag = 1, kUtf8Flag = 0x800;
inline constexpr uint16_t kZip64Extra = 1;
// A field that says so stands in the zip64 extra field or end record.
inline constexpr uint16_t kFull16 = 0xffff;
inline constexpr uint32_t kFull32 = 0xffffffff;

}  // namespace smcli::zip
