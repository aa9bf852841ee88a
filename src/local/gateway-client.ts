/** What a gateway said, seen as any client sees it. */
export type GatewayAnswer =
  | {
      readonly kind: "answered";
      readonly status: number;
      /** The revision that answered; null when the platform itself did. */
      readonly revision: string | null;
      readonly node: string | null;
      /** stable, canary or baseline; null when the platform itself answered. */
      readonly role: string | null;
      readonly body: string;
    }
  | { readonly kind: "unreachable"; readonly message: string };

const TIMEOUT_MS = 5_000;
const BODY_CHARS_MAX = 100_000;

/** One GET request on a connection of its own. */
export async function askGateway(origin: string, path: string, user: string): Promise<GatewayAnswer> {
  try {
    const answer = await fetch(origin + path, {
      headers: { "x-user": user, connection: "close" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = await answer.text();
    return {
      kind: "answered",
      status: answer.status,
      revision: answer.headers.get("x-showrunner-revision"),
      node: answer.headers.get("x-showrunner-node"),
      role: answer.headers.get("x-showrunner-role"),
      body: body.slice(0, BODY_CHARS_MAX),
    };
  } catch (error) {
    return { kind: "unreachable", message: error instanceof Error ? error.message : String(error) };
  }
}
