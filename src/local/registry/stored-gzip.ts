import { crc32 } from "node:zlib";

const blockBytesMax = 65_535;

/**
 * A gzip file that holds the bytes uncompressed. Written by hand because zlib's output, even at level 0, differs by
 * version and platform, and lockfiles pin these bytes.
 */
export function storedGzip(bytes: Uint8Array): Buffer {
  // No name, no time, "unknown" operating system.
  const parts: Uint8Array[] = [Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])];
  for (let offset = 0; offset === 0 || offset < bytes.length; offset += blockBytesMax) {
    const block = bytes.subarray(offset, offset + blockBytesMax);
    const header = Buffer.alloc(5);
    header.writeUInt8(offset + blockBytesMax >= bytes.length ? 1 : 0, 0);
    header.writeUInt16LE(block.length, 1);
    header.writeUInt16LE(~block.length & 0xffff, 3);
    parts.push(header, block);
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(bytes), 0);
  trailer.writeUInt32LE(bytes.length % 2 ** 32, 4);
  return Buffer.concat([...parts, trailer]);
}
