import { holdPath } from "../reconcile/hold-file.ts";
import { freezePath, killPath } from "../reconcile/stop-files.ts";
import { checkDuplicates } from "./common-checks.ts";
import type { ProblemCode } from "./problem-codes.ts";
import type { ReadManifest } from "./read-manifest.ts";

type ReadStop = ReadManifest<"Hold"> | ReadManifest<"Freeze"> | ReadManifest<"Kill">;

/** What the schema cannot say about a hold. Problems are added to the manifest's own. */
export function checkHold(read: ReadManifest<"Hold">): void {
  const { source, document, problems } = read;
  const path = holdPath(source.script, source.version);
  checkPath(read, path, "hold-path", ["script"], `This holds ${source.script}@${source.version}`);
  if (source.mode === "pause" || source.revision !== undefined) return;
  const message = `A hold with mode ${source.mode} needs the "revision" that is held back.`;
  problems.error(document.at(["mode"]), "hold-incomplete", message, 'add "revision:"');
}

/** What the schema cannot say about a freeze. */
export function checkFreeze(read: ReadManifest<"Freeze">): void {
  const { source } = read;
  checkPath(read, freezePath(source.scope), "stop-path", ["scope"], `This freezes ${source.scope}`);
  checkEnd(read);
}

/** What the schema cannot say about a kill. */
export function checkKill(read: ReadManifest<"Kill">): void {
  const { source } = read;
  checkPath(read, killPath(source.scope), "stop-path", ["scope"], `This stops ${source.scope}`);
  checkDuplicates(read, ["regions"], source.regions);
  checkEnd(read);
}

function checkPath(
  read: ReadStop,
  path: string,
  code: ProblemCode,
  at: readonly string[],
  what: string,
): void {
  // A file that is checked by itself may have been named without its folder.
  const [folder = "", name = ""] = path.split("/");
  const [, ownFolder, ownName] = /(?:^|\/)(holds|freezes|kills)\/(.+)$/.exec(read.file) ?? [];
  if (ownFolder === undefined || (ownFolder === folder && ownName === name)) return;
  const message = `${what}, so its file must be ${path}.`;
  read.problems.error(read.document.at(at), code, message, path);
}

function checkEnd(read: ReadManifest<"Freeze"> | ReadManifest<"Kill">): void {
  const { at, until } = read.source;
  if (until === undefined || Date.parse(until) > Date.parse(at)) return;
  read.problems.error(read.document.at(["until"]), "time-order", `until must be after at (${at}).`);
}
