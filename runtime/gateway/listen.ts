import type { Server } from "node:net";

/** Settles when the server listens; rejects when it cannot. Port 0 lets the system choose. */
export async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}

/** Where a listening server is reached. */
export function urlOf(server: Server, host: string): string {
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("the server does not listen on a port");
  return `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
}
