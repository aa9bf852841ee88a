import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import * as tar from "tar";
import { errorCode } from "../error-code.ts";
import { PackageFault } from "./registry-client.ts";
import { buildLimits } from "./limits.ts";

/** What may still be unpacked in one build; counts down. */
export interface UnpackBudget {
  bytes: number;
  files: number;
}

export function newUnpackBudget(): UnpackBudget {
  return { bytes: buildLimits.installBytesMax, files: buildLimits.installFilesMax };
}

/** Writes a package's plain files to a new folder. Links and devices in the tarball are ignored, as npm does. */
export async function unpack(tarball: Buffer, folder: string, budget: UnpackBudget): Promise<void> {
  const bytes = inflated(tarball, budget);
  await mkdir(folder, { recursive: true });
  const writer = tar.x({
    cwd: folder,
    strip: 1,
    noMtime: true,
    preserveOwner: false,
    strict: false,
    filter: (_path, entry) => {
      if (!("type" in entry) || (entry.type !== "File" && entry.type !== "OldFile")) return false;
      budget.files -= 1;
      return budget.files >= 0;
    },
  });
  const done = once(writer, "close");
  writer.end(bytes);
  await done;
  if (budget.files < 0) throw tooLarge();
}

function inflated(tarball: Buffer, budget: UnpackBudget): Buffer {
  try {
    const bytes = gunzipSync(tarball, { maxOutputLength: Math.max(1, budget.bytes) });
    budget.bytes -= bytes.length;
    return bytes;
  } catch (error) {
    if (errorCode(error) === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw new PackageFault("package-not-found", "The tarball is not a gzip archive.");
  }
}

function tooLarge(): PackageFault {
  const { installBytesMax, installFilesMax } = buildLimits;
  const message = `The dependencies are larger than ${installBytesMax / 1024 / 1024} MB or ${installFilesMax} files.`;
  return new PackageFault("package-too-large", message);
}
