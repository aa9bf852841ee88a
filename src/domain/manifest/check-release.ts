import type { ReadManifest } from "./read-manifest.ts";

const RELEASE_PATH = /(?:^|\/)releases\/([^/]+)\/([^/]+)\.ya?ml$/;

/** Region that a release's path puts it in, and the script@version that its name promises; null for other paths. */
export function releasePath(file: string): { readonly region: string; readonly key: string } | null {
  const [, region, key] = RELEASE_PATH.exec(file) ?? [];
  return region === undefined || key === undefined ? null : { region, key };
}

/** What the schema cannot say about a release. Problems are added to the manifest's own. */
export function checkRelease(read: ReadManifest<"Release">): void {
  const { source, document, problems } = read;
  const key = `${source.script}@${source.version}`;
  const path = releasePath(read.file);
  if (path !== null && path.key !== key) {
    const message = `The file is named for ${path.key}, but it releases ${key}.`;
    problems.error(document.at(["script"]), "release-path", message, `releases/${path.region}/${key}.yaml`);
  }
  if (source.next !== undefined && source.rollout === undefined) {
    const message = 'A release with "next" needs the "rollout" that it belongs to.';
    problems.error(document.atKey(["next"]), "release-incomplete", message);
  }
  if (source.rollout !== undefined && source.next === undefined) {
    const message = 'A release with "rollout" needs the "next" revision that is rolled out.';
    problems.error(document.atKey(["rollout"]), "release-incomplete", message);
  }
  const { rollout } = source;
  if (rollout !== undefined && Date.parse(rollout.waveStartedAt) < Date.parse(rollout.startedAt)) {
    const message = "A wave cannot have started before its rollout.";
    problems.error(document.at(["rollout", "waveStartedAt"]), "time-order", message);
  }
}
