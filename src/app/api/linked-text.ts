/** Text that leads to a page of GitHub's where that is known. */
export interface LinkedText {
  readonly text: string;
  readonly url: string | null;
}

/** A page of a repository; `repositoryUrl` is null where the repository is not known. */
export function linked(text: string, repositoryUrl: string | null, path: string): LinkedText {
  return { text, url: repositoryUrl === null ? null : `${repositoryUrl}/${path}` };
}

/** Seven digits of a commit that lead to it. */
export function commitLink(commit: string, repositoryUrl: string | null): LinkedText {
  return linked(commit.slice(0, 7), repositoryUrl, `commit/${commit}`);
}
