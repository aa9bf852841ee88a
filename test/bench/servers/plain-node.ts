import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onCore, SERVER_CORE } from "../cores.ts";
import type { BenchServer } from "./bench-server.ts";
import { stopChild } from "./stop-child.ts";

/** Plain node:http on the same Node, without cluster; with names, one function for each behind a map of routes. */
export async function startPlainNode(names: readonly string[] = []): Promise<BenchServer> {
  const file = join(import.meta.dirname, "plain-node-child.ts");
  const [command, ...args] = onCore(SERVER_CORE, [process.execPath, file, ...names]);
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line]: unknown[] = await once(createInterface({ input: child.stdout }), "line");
  return {
    name: "node:http",
    version: process.versions.node,
    host: "127.0.0.1",
    port: Number(line),
    pid: child.pid ?? 0,
    stop: async () => stopChild(child),
  };
}
