import { createServer } from "node:net";
import { PORT_DISTANCE, portPurposes, type PortLayout } from "./ports.ts";

/** Says which ports somebody else listens on and what to do about it; null when all are free. */
export async function portClash(layout: PortLayout): Promise<string | null> {
  const taken: string[] = [];
  for (const { port, purpose } of portPurposes(layout)) {
    const code = await bindError(port);
    if (code !== null) taken.push(`Port ${port} (${purpose}) ${describe(code)}.`);
  }
  if (taken.length === 0) return null;
  const other = layout.dashboard + (layout.dashboard < 60_000 ? 100 : -100);
  return [
    ...taken,
    `Choose other ports by their first one, at least ${PORT_DISTANCE} away: PORT=${other} npm start`,
    "(a second platform beside this one also needs its own SHOWRUNNER_HOME).",
  ].join("\n");
}

function describe(code: string): string {
  switch (code) {
    case "EADDRINUSE":
      return "is already in use";
    case "EACCES":
      return "may not be used by this user";
    default:
      return `cannot be used (${code})`;
  }
}

/** The error code of listening on a loopback port for a moment; null when it worked. */
async function bindError(port: number): Promise<string | null> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host: "127.0.0.1" }, () => {
      server.close(() => resolve(null));
    });
  });
}
