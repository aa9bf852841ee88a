import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { onCore, SERVER_CORE } from "../cores.ts";
import type { BenchScript, BenchServer } from "./bench-server.ts";
import { stopChild } from "./stop-child.ts";

const COMPATIBILITY_DATE = "2026-09-01";
const require = createRequire(import.meta.url);

// The route is the name after the first slash of the path, found without parsing the URL.
const ROUTER = `export default {
  fetch(request, env) {
    const { url } = request;
    return env[url.slice(url.indexOf("/", 8) + 1)].fetch(request);
  },
};
`;

/**
 * workerd with one worker a script. It has no routes of its own, so with more than one script a router worker with
 * service bindings stands in front, as its documentation shows.
 */
export async function startWorkerd(scripts: readonly BenchScript[]): Promise<BenchServer> {
  const folder = await mkdtemp(join(tmpdir(), "showrunner-bench-workerd-"));
  for (const { name, module } of scripts) await writeFile(join(folder, `${name}.js`), module);
  await writeFile(join(folder, "router.mjs"), ROUTER);
  await writeFile(join(folder, "config.capnp"), configOf(scripts.map(({ name }) => name)));
  const [command, ...args] = onCore(SERVER_CORE, [
    workerdBinary(),
    "serve",
    "--control-fd=3",
    join(folder, "config.capnp"),
  ]);
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "pipe"] });
  const control = child.stdio[3];
  if (!(control instanceof Readable)) throw new Error("workerd has no control channel");
  const stop = async (): Promise<void> => {
    await stopChild(child);
    await rm(folder, { recursive: true, force: true });
  };
  const port = await portFrom(control);
  if (port === null) {
    await stop();
    throw new Error("workerd ended before it listened");
  }
  return {
    name: "workerd",
    version: workerdVersion(),
    host: "127.0.0.1",
    port,
    pid: child.pid ?? 0,
    stop,
  };
}

function configOf(names: readonly string[]): string {
  const [only] = names;
  const front = names.length === 1 && only !== undefined ? only : "router";
  const bindings = names.map((name) => `(name = "${name}", service = "${name}")`).join(", ");
  const services = names.map((name) => `(name = "${name}", worker = ${workerOf(`${name}.js`, "")})`);
  if (front === "router") {
    services.push(`(name = "router", worker = ${workerOf("router.mjs", `, bindings = [${bindings}]`)})`);
  }
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${services.join(",\n    ")}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "${front}")]
);
`;
}

function workerOf(file: string, more: string): string {
  return `(modules = [(name = "${file}", esModule = embed "${file}")], compatibilityDate = "${COMPATIBILITY_DATE}"${more})`;
}

/** Null when it ends before it listens. */
async function portFrom(control: Readable): Promise<number | null> {
  for await (const line of createInterface({ input: control })) {
    const event: { event?: string; port?: number } = JSON.parse(line);
    if (event.event === "listen" && event.port !== undefined) return event.port;
  }
  return null;
}

/** The binary itself: the package's own starter would stay as a second process between. */
function workerdBinary(): string {
  const architecture = process.arch === "x64" ? "64" : process.arch;
  const root = dirname(require.resolve("workerd/package.json"));
  const packed = require.resolve(`@cloudflare/workerd-${process.platform}-${architecture}/package.json`, {
    paths: [root],
  });
  return join(dirname(packed), "bin", "workerd");
}

function workerdVersion(): string {
  const { version }: { version: string } = require("workerd/package.json");
  return version;
}
