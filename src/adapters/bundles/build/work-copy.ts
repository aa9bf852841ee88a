import { constants } from "node:fs";
import { copyFile, lstat, mkdir, readdir, readlink, realpath, symlink } from "node:fs/promises";
import path from "node:path";
import type { BuildProblemCode } from "./build-problem.ts";
import { rejection } from "./build-stop.ts";
import { buildLimits } from "./limits.ts";
import { fileStart } from "./text-position.ts";

/** Why a path of the checkout is not in the work copy. */
export type LeftOut = "too-large" | "link-outside" | "not-a-file";

/** Files that change how the build itself works, so that leaving one out silently would build something else. */
const steeringFile = /^(package\.json|package-lock\.json|tsconfig.*\.json|jsconfig\.json|showrunner\.yaml)$/;

/** `.git` is history, `node_modules` is installed anew, and a repository's `.npmrc` must never steer the build. */
const neverCopied = new Set([".git", "node_modules", ".npmrc", "npm-shrinkwrap.json", "yarn.lock"]);

interface Copying {
  readonly from: string;
  readonly to: string;
  readonly leftOut: Map<string, LeftOut>;
  bytes: number;
  files: number;
}

/**
 * Copies a checkout into an empty folder, without following links. Links that stay inside are kept as they are; other
 * links and very large files are left out. Answers what was left out, by path relative to the checkout.
 */
export async function copyCheckout(checkout: string, to: string): Promise<Map<string, LeftOut>> {
  const copying: Copying = { from: await realpath(checkout), to, leftOut: new Map(), bytes: 0, files: 0 };
  await copyFolder(copying, "");
  return copying.leftOut;
}

async function copyFolder(copying: Copying, folder: string): Promise<void> {
  await mkdir(path.join(copying.to, folder), { recursive: true });
  const entries = await readdir(path.join(copying.from, folder), { withFileTypes: true });
  for (const entry of entries) {
    if (neverCopied.has(entry.name)) continue;
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      await copyFolder(copying, file);
      continue;
    }
    countFile(copying, file);
    if (entry.isSymbolicLink()) await copyLink(copying, file);
    else if (entry.isFile()) await copyOne(copying, file);
    else leaveOut(copying, file, "not-a-file");
  }
}

async function copyOne(copying: Copying, file: string): Promise<void> {
  const source = path.join(copying.from, file);
  const { size } = await lstat(source);
  if (size > buildLimits.fileBytesMax) return leaveOut(copying, file, "too-large");
  copying.bytes += size;
  if (copying.bytes > buildLimits.checkoutBytesMax) {
    const limitMb = buildLimits.checkoutBytesMax / 1024 / 1024;
    throw rejection({
      file,
      ...fileStart,
      code: "repository-too-large",
      message: `The repository's files add up to more than ${limitMb} MB.`,
    });
  }
  await copyFile(source, path.join(copying.to, file), constants.COPYFILE_FICLONE);
  return undefined;
}

async function copyLink(copying: Copying, file: string): Promise<void> {
  const source = path.join(copying.from, file);
  const target = await readlink(source);
  const real = await realpath(source).catch(() => null);
  const inside = real !== null && (real === copying.from || real.startsWith(copying.from + path.sep));
  if (!inside || path.isAbsolute(target)) return leaveOut(copying, file, "link-outside");
  await symlink(target, path.join(copying.to, file));
  return undefined;
}

function leaveOut(copying: Copying, file: string, why: LeftOut): void {
  if (steeringFile.test(path.basename(file))) {
    throw rejection({ file, ...fileStart, ...leftOutProblem(file, why) });
  }
  copying.leftOut.set(file, why);
}

function countFile(copying: Copying, file: string): void {
  copying.files += 1;
  if (copying.files <= buildLimits.checkoutFilesMax) return;
  throw rejection({
    file,
    ...fileStart,
    code: "repository-too-large",
    message: `The repository has more than ${buildLimits.checkoutFilesMax} files.`,
  });
}

/** What to tell the author of a file that was left out but is needed. */
export function leftOutProblem(file: string, why: LeftOut): { code: BuildProblemCode; message: string } {
  switch (why) {
    case "too-large":
      return {
        code: "file-too-large",
        message: `${file} is larger than ${buildLimits.fileBytesMax / 1024 / 1024} MB.`,
      };
    case "link-outside":
      return {
        code: "symlink-outside",
        message: `${file} is a symbolic link that leads out of the repository.`,
      };
    case "not-a-file":
      return { code: "not-a-file", message: `${file} is neither a file nor a folder.` };
    default:
      return why satisfies never;
  }
}
