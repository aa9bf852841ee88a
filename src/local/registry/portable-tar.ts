/** One file of a package; `path` is relative to the package, with forward slashes. */
export interface PackedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The time npm itself gives to every file of a tarball: 1985-10-26T08:15:00Z, epoch seconds. */
const fileTimeS = 499_162_500;
const blockBytes = 512;

/**
 * A ustar archive with every file under `package/`, in the order of their names, with fixed times, owners and modes:
 * equal files give equal bytes on every machine. Throws when a path is too long for the format.
 */
export function portableTar(files: readonly PackedFile[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const padding = (blockBytes - (file.bytes.length % blockBytes)) % blockBytes;
    parts.push(header(`package/${file.path}`, file.bytes.length), file.bytes, Buffer.alloc(padding));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * blockBytes)]);
}

function header(path: string, bytes: number): Buffer {
  const [prefix, name] = splitPath(path);
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0, 100, "utf8");
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(bytes, 12), 124);
  block.write(octal(fileTimeS, 12), 136);
  // The checksum counts its own field as spaces.
  block.fill(" ", 148, 156);
  block.write("0", 156);
  block.write("ustar\u000000", 257, "latin1");
  block.write(prefix, 345, 155, "utf8");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** Names over 100 bytes are cut at a slash into the prefix field. */
function splitPath(path: string): readonly [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ["", path];
  for (let slash = path.indexOf("/"); slash > 0; slash = path.indexOf("/", slash + 1)) {
    const prefix = path.slice(0, slash);
    const name = path.slice(slash + 1);
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return [prefix, name];
  }
  throw new Error(`Too long for a portable archive: ${path}`);
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}
