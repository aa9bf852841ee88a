import { canaryPath } from "../canary/canary-file.ts";
import { checkDuplicates } from "./common-checks.ts";
import type { ReadManifest } from "./read-manifest.ts";

const CANARY_PATH = /(?:^|\/)canaries\/(.+)$/;

/** What the schema cannot say about a canary run. Problems are added to the manifest's own. */
export function checkCanaryRun(read: ReadManifest<"CanaryRun">): void {
  const { source, document, problems } = read;
  const path = canaryPath(source.runId);
  const [, name] = CANARY_PATH.exec(read.file) ?? [];
  if (name !== undefined && `canaries/${name}` !== path) {
    const message = `This is the run ${source.runId}, so its file must be ${path}.`;
    problems.error(document.at(["runId"]), "canary-path", message, path);
  }
  checkDuplicates(read, ["regions"], source.regions);
  if (Date.parse(source.expiresAt) <= Date.parse(source.startedAt)) {
    const message = `expiresAt must be after startedAt (${source.startedAt}).`;
    problems.error(document.at(["expiresAt"]), "time-order", message);
  }
}
