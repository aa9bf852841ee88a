import { spawn } from "node:child_process";
import { createServer } from "node:http";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";

const BIN = path.join(import.meta.dirname, "../../../bin/showrunner.js");

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function bin(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [BIN, ...args], { env: { ...process.env, ...env } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => {
    stdout += String(data);
  });
  child.stderr.on("data", (data) => {
    stderr += String(data);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

describe("the showrunner program", () => {
  it("passes arguments, output and the exit code through the packaged Node", async () => {
    const version = await bin(["--version"]);
    expect(version).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: "",
    });
    const wrong = await bin(["validate", "/no such place"]);
    expect(wrong).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "There is no file or folder /no such place.\n",
    });
    const unreachable = await bin(["status"], { SHOWRUNNER_URL: "http://127.0.0.1:9" });
    expect(unreachable.code).toBe(3);
  });

  it("passes signals on, and leaves no process behind", async () => {
    // A control plane that never answers keeps the command waiting.
    const server = createServer(() => {});
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    const closed = new Promise<void>((resolve) => {
      server.once("connection", (socket) => socket.once("close", () => resolve()));
    });
    const child = spawn(process.execPath, [BIN, "status"], {
      env: { ...process.env, SHOWRUNNER_URL: `http://127.0.0.1:${port}` },
    });
    server.once("request", () => child.kill("SIGTERM"));
    const signal = await new Promise((resolve) => {
      child.once("exit", (_code, by) => resolve(by));
    });
    await closed;
    server.close();
    expect(signal).toBe("SIGTERM");
  });

  it("finds the sample manifests in order", async () => {
    const repositories = path.join(import.meta.dirname, "../../../fixtures/repos");
    const { code, stdout } = await bin(["validate", repositories]);
    expect(stdout).toContain("no problems");
    expect(code).toBe(0);
  });
});
