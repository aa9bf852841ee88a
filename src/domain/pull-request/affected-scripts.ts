/** Files of a repository that change every script in it. */
const sharedFiles = new Set(["package.json", "package-lock.json", "tsconfig.json"]);

/**
 * The script folders that a set of changed paths touches. A script is touched by files in its folder, by a root
 * manifest or lockfile that it shares, and by sources in folders that belong to no script (a monorepo's libraries).
 */
export function affectedScripts(folders: readonly string[], changedPaths: readonly string[]): string[] {
  const owner = (path: string) => folders.find((folder) => folder !== "." && path.startsWith(`${folder}/`));
  const sharedChanged = changedPaths.some((path) => {
    if (owner(path) !== undefined) return false;
    return sharedFiles.has(path) || /\.(ts|tsx|js|mjs|cjs|json)$/.test(path);
  });
  return folders.filter((folder) => {
    if (folder === ".") return changedPaths.some((path) => owner(path) === undefined);
    return sharedChanged || changedPaths.some((path) => owner(path) === folder);
  });
}
