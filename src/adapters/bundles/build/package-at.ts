/**
 * The package that a file belongs to, by the innermost `node_modules` in its path; null for the repository's own files.
 * `folder` is the package's folder, `folderName` the name it is imported by.
 */
export function packageAt(file: string): { readonly folder: string; readonly folderName: string } | null {
  const found = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)(?=\/)/.exec(file);
  return found?.[1] === undefined ? null : { folder: found[0], folderName: found[1] };
}
