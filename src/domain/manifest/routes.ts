/** Whether requests for `path` go to a script at `route`: the same path, or one below it. */
export function routeCovers(route: string, path: string): boolean {
  return route === "/" || path === route || path.startsWith(`${route}/`);
}
