/** Every address that the local GitHub writes into its answers. `origin` is known once it listens. */
export type Urls = ReturnType<typeof createUrls>;

export function createUrls(origin: string) {
  const api = `${origin}/api/v3`;
  const part = encodeURIComponent;
  return {
    origin,
    api,
    apiUser: (login: string) => `${api}/users/${part(login)}`,
    htmlUser: (login: string) => `${origin}/${part(login)}`,
    htmlApp: (slug: string) => `${origin}/apps/${part(slug)}`,
    apiRepository: (repository: RepositoryName) => `${api}/repos/${repository.owner}/${repository.name}`,
    html: (repository: RepositoryName) => `${origin}/${repository.owner}/${repository.name}`,
  };
}

type RepositoryName = { owner: string; name: string };
