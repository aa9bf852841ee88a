/** One folder with its own idea of what is installed: its lockfile and the package.json files that the lockfile serves. */
export interface Project {
  /** "" for the repository's root. */
  readonly folder: string;
  /** Path of npm's lockfile; null when there is none. */
  readonly lockPath: string | null;
  /** A lockfile of another package manager that serves this folder; null when there is none. */
  readonly foreignLock: string | null;
  readonly manifests: readonly Manifest[];
}

export interface Manifest {
  /** Path in the repository. */
  readonly path: string;
  /** Its folder as the project's lockfile names it, "" for the project's own. */
  readonly location: string;
}

const NPM_LOCKS = ["npm-shrinkwrap.json", "package-lock.json"];
const FOREIGN_LOCKS = ["yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"];

/** Files that say something about a repository's npm packages, in folders that are its own. */
export function isProjectFile(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name !== "package.json" && !NPM_LOCKS.includes(name) && !FOREIGN_LOCKS.includes(name)) return false;
  return !/(?:^|\/)(?:node_modules|bower_components)\//.test(path);
}

const SOURCE = /\.(?:[cm]?[jt]s|[jt]sx)$/;

/** Code that people wrote, as far as its name tells. */
export function isSourceFile(path: string): boolean {
  return SOURCE.test(path) && !/(?:^|\/)(?:node_modules|bower_components)\//.test(path);
}

/**
 * Sorts a repository's package.json files by the lockfile that serves each: the one beside it, else the nearest one above
 * that names its folder (`servesFolder`), as npm's workspaces do; else the nearest one above of another package manager.
 */
export function projectLayout(
  paths: readonly string[],
  servesFolder: (lockPath: string, location: string) => boolean,
): Project[] {
  const files = new Set(paths);
  const projects = new Map<
    string,
    { lockPath: string | null; foreignLock: string | null; manifests: Manifest[] }
  >();
  for (const path of [...paths].sort()) {
    if (!/(?:^|\/)package\.json$/.test(path)) continue;
    const folder = folderOf(path);
    const owner = ownerOf(folder, files, servesFolder);
    const project = projects.get(owner.folder) ?? { ...owner, manifests: [] };
    project.manifests.push({ path, location: relativeTo(owner.folder, folder) });
    projects.set(owner.folder, project);
  }
  return [...projects].map(([folder, project]) => ({
    folder,
    lockPath: project.lockPath,
    foreignLock: project.foreignLock,
    manifests: project.manifests,
  }));
}

interface Owner {
  readonly folder: string;
  readonly lockPath: string | null;
  readonly foreignLock: string | null;
}

function ownerOf(
  folder: string,
  files: ReadonlySet<string>,
  servesFolder: (lockPath: string, location: string) => boolean,
): Owner {
  for (const above of foldersUpwards(folder)) {
    const lockPath = firstIn(above, NPM_LOCKS, files);
    if (lockPath !== null && (above === folder || servesFolder(lockPath, relativeTo(above, folder)))) {
      return { folder: above, lockPath, foreignLock: null };
    }
    const foreignLock = lockPath === null ? firstIn(above, FOREIGN_LOCKS, files) : null;
    if (foreignLock !== null) return { folder: above, lockPath: null, foreignLock };
  }
  return { folder, lockPath: null, foreignLock: null };
}

function foldersUpwards(folder: string): string[] {
  const found = [folder];
  for (let at = folder; at !== "";) {
    at = at.includes("/") ? at.slice(0, at.lastIndexOf("/")) : "";
    found.push(at);
  }
  return found;
}

function firstIn(folder: string, names: readonly string[], files: ReadonlySet<string>): string | null {
  const found = names.map((name) => join(folder, name)).find((path) => files.has(path));
  return found ?? null;
}

export function join(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

function relativeTo(above: string, folder: string): string {
  if (folder === above) return "";
  return above === "" ? folder : folder.slice(above.length + 1);
}

/** "" for the repository's root. */
export function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}
