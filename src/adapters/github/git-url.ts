/**
 * Where git fetches a repository, from the address of its API: https://api.github.com (or api.NAME.ghe.com) has git on
 * the host without "api.", an Enterprise Server at the same host without "/api/v3".
 */
export function gitUrl(apiBaseUrl: string, fullName: string): string {
  const url = new URL(apiBaseUrl);
  const path = url.pathname.replace(/\/+$/, "");
  if (path.endsWith("/api/v3")) {
    url.pathname = `${path.slice(0, -"/api/v3".length)}/${fullName}.git`;
  } else {
    url.hostname = url.hostname.replace(/^api\./, "");
    url.pathname = `/${fullName}.git`;
  }
  return url.href;
}
