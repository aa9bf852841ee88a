import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** A loopback port that nobody listens on right now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** The first of `count` loopback ports that nobody listens on, below those that systems hand out by themselves. */
export async function freePortBlock(count: number): Promise<number> {
  for (;;) {
    const first = 10_000 + 64 * randomInt(340);
    const isFree = await Promise.all(Array.from({ length: count }, (_, index) => canListen(first + index)));
    if (isFree.every(Boolean)) return first;
  }
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
