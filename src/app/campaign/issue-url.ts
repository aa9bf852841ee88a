/** The page of a campaign's tracking issue, on the forge on which one of its pull requests is; null before there is one. */
export function issueUrlOf(fleetRepository: string, issue: number | null, pullUrl: string): string | null {
  return issue === null ? null : new URL(`/${fleetRepository}/issues/${issue}`, pullUrl).href;
}
