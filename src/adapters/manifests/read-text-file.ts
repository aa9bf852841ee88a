import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { MANIFEST_BYTES_MAX } from "#domain/manifest/parse-document.ts";
import type { ProblemCode } from "#domain/manifest/problem-codes.ts";

export type ReadTextFile =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      readonly code: ProblemCode;
      readonly message: string;
      readonly at?: { readonly line: number; readonly column: number };
    };

/** Reads a regular UTF-8 file of at most 256 KiB. The last part of the path must not be a link; a pipe does not block. */
export async function readTextFile(file: string): Promise<ReadTextFile> {
  let handle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    return { ok: false, code: "file-unreadable", message: `The file could not be opened${code}.` };
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) {
      return {
        ok: false,
        code: "file-not-regular",
        message: "This is a device, a pipe or a folder, not a file.",
      };
    }
    if (stats.size > MANIFEST_BYTES_MAX) return tooLarge;
    // One byte more than is allowed, in case the file grows while it is read.
    const buffer = Buffer.alloc(MANIFEST_BYTES_MAX + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) break;
    }
    return length > MANIFEST_BYTES_MAX ? tooLarge : decode(buffer.subarray(0, length));
  } catch {
    return { ok: false, code: "file-unreadable", message: "The file could not be read." };
  } finally {
    await handle.close();
  }
}

const tooLarge: ReadTextFile = {
  ok: false,
  code: "file-too-large",
  message: `The file is larger than ${MANIFEST_BYTES_MAX / 1024} KiB, so it was not read.`,
};

function decode(bytes: Buffer): ReadTextFile {
  const text = new TextDecoder().decode(bytes);
  // The decoder puts U+FFFD where it cannot go on; a file may also hold that character itself.
  if (!text.includes("\uFFFD") || isUtf8(bytes)) return { ok: true, text };
  const before = text.slice(0, text.indexOf("\uFFFD"));
  const at = { line: before.split("\n").length, column: before.length - before.lastIndexOf("\n") };
  return { ok: false, code: "file-binary", message: "The file is not UTF-8 text.", at };
}

function isUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
