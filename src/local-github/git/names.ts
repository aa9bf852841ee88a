/** What may name an owner: GitHub's own rule. */
export function isOwnerName(name: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?$/.test(name);
}

export function isRepositoryName(name: string): boolean {
  return /^[A-Za-z0-9._-]{1,100}$/.test(name) && !/^\.+$/.test(name) && !/\.(?:git|wiki)$/i.test(name);
}

export function isSha(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** The rules of `git check-ref-format`, and no leading dash anywhere that could pass for an option. */
export function isRefName(ref: string): boolean {
  if (!ref.startsWith("refs/") || ref.length > 255) return false;
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$/.test(ref)) return false;
  const parts = ref.split("/").slice(1);
  return parts.length >= 2 && parts.every((part) => !/^[.-]|\.lock$|^$/.test(part));
}

/** The tail of a branch or tag name, e.g. `main` or `release/2`. */
export function isShortRefName(name: string): boolean {
  return isRefName(`refs/heads/${name}`);
}

/** A path inside a tree: relative, no empty, `.`, `..` or `.git` parts, no control characters. */
export function isTreePath(path: string): boolean {
  // eslint-disable-next-line no-control-regex
  if (path.length > 4096 || /[\u0000-\u001f\u007f]/.test(path)) return false;
  return path
    .split("/")
    .every((part) => part !== "" && part !== "." && part !== ".." && !/^\.git$/i.test(part));
}
