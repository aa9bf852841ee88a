import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { RevisionSettings } from "#schemas/types.ts";
import { FakeControlPlane, script } from "../../runtime/fake-control-plane.ts";
import { onCore, SERVER_CORE } from "../cores.ts";
import type { BenchScript, BenchServer } from "./bench-server.ts";
import { stopChild } from "./stop-child.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");
const PROVISION_MS_MAX = 60_000;
// As the real control plane has it: the agent's reports run on the same core.
const PACE = { reportEveryMs: 5000, pollEveryMs: 30_000 };

/** A real node, as it runs in production, with a small control plane of its own. */
export class ShowrunnerServer implements BenchServer {
  readonly name = "showrunner";
  readonly version = "workspace";
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  readonly controlPlane: FakeControlPlane;
  readonly #stop: () => Promise<void>;

  private constructor(
    gatewayUrl: string,
    pid: number,
    controlPlane: FakeControlPlane,
    stop: () => Promise<void>,
  ) {
    const url = new URL(gatewayUrl);
    this.host = url.hostname;
    this.port = Number(url.port);
    this.pid = pid;
    this.controlPlane = controlPlane;
    this.#stop = stop;
  }

  static async start(): Promise<ShowrunnerServer> {
    const controlPlane = new FakeControlPlane("eu-west-1", PACE);
    await controlPlane.start();
    const folder = await mkdtemp(join(tmpdir(), "showrunner-bench-"));
    const tokenFile = join(folder, "token");
    await writeFile(tokenFile, `${controlPlane.token}\n`);
    const [command, ...args] = onCore(SERVER_CORE, [
      process.execPath,
      "--no-node-snapshot",
      "runtime/main.ts",
    ]);
    const child = spawn(command, args, {
      cwd: REPOSITORY,
      env: {
        PATH: process.env["PATH"] ?? "",
        NODE_ID: "bench",
        REGION: "eu-west-1",
        CONTROL_PLANE_URL: controlPlane.url,
        REGISTRATION_TOKEN_FILE: tokenFile,
        NODE_HOME: join(folder, "node"),
        GATEWAY_PORT: "0",
        ADMIN_PORT: "0",
        LOG_LEVEL: "error",
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line]: unknown[] = await once(createInterface({ input: child.stdout }), "line");
    const [, , , gatewayUrl = ""] = String(line).split(" ");
    return new ShowrunnerServer(gatewayUrl, child.pid ?? 0, controlPlane, async () => {
      await stopChild(child);
      await controlPlane.stop();
      await rm(folder, { recursive: true, force: true });
    });
  }

  /** Signs a module as the builder would bundle it; the digest. */
  bundle({ name, module }: BenchScript, settings: Partial<RevisionSettings> = {}): string {
    const handler = module.replace("export default", "const handler =");
    const limits = { memoryMb: 64, cpuMs: 500, wallMs: 1500, concurrency: 64, responseMb: 8 };
    return this.controlPlane.addBundle({ limits, ...settings, name }, handler);
  }

  /** Makes the scripts the region's document, and waits until the node serves every one of them. */
  async serve(scripts: readonly BenchScript[]): Promise<void> {
    const digests = scripts.map((each) => ({ name: each.name, digest: this.bundle(each) }));
    this.controlPlane.publish(digests.map(({ name, digest }) => script(name, digest)));
    await this.controlPlane.waitForReport((report) => {
      const serving = new Set(
        report.instances.filter(({ state }) => state === "serving").map(({ digest }) => digest),
      );
      return digests.every(({ digest }) => serving.has(digest));
    }, PROVISION_MS_MAX);
  }

  async stop(): Promise<void> {
    await this.#stop();
  }
}
