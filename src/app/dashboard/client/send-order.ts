import type { Access } from "./access.ts";

export type OrderAnswer<T> =
  | { readonly kind: "done"; readonly body: T }
  /** The token is not the API's. */
  | { readonly kind: "unknownToken" }
  /** `message` is for people. */
  | { readonly kind: "refused"; readonly message: string };

/** The committer of a busy fleet takes its time. */
const timeoutMs = 60_000;

/**
 * Asks the API for something, as the command line does: with its token in a header, which no other site can send. `isAnswer`
 * tells its answer from an error.
 */
export async function sendOrder<T>(
  address: string,
  order: object,
  { token, name }: Access,
  isAnswer: (body: object) => body is T & object,
): Promise<OrderAnswer<T>> {
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(name === "" ? order : { ...order, by: name }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status === 401) return { kind: "unknownToken" };
    const body: unknown = await response.json();
    if (response.ok && typeof body === "object" && body !== null && isAnswer(body))
      return { kind: "done", body };
    return { kind: "refused", message: messageIn(body) ?? `The control plane answers ${response.status}` };
  } catch (error) {
    return { kind: "refused", message: error instanceof Error ? error.message : String(error) };
  }
}

function messageIn(body: unknown): string | null {
  const error: unknown = typeof body === "object" && body !== null && "error" in body ? body.error : null;
  const message: unknown =
    typeof error === "object" && error !== null && "message" in error ? error.message : null;
  return typeof message === "string" ? message : null;
}
