import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../local/free-port.ts";

const program = ["/usr/bin/prometheus", "/usr/local/bin/prometheus"].find((path) => existsSync(path)) ?? null;

export const hasPrometheus = program !== null;

export interface RunningPrometheus {
  readonly url: string;
  stop(): Promise<void>;
}

/** A real server that scrapes these hosts and ports every second. */
export async function startPrometheus(targets: readonly string[]): Promise<RunningPrometheus> {
  if (program === null) throw new Error("Prometheus is not installed");
  const folder = mkdtempSync(join(tmpdir(), "showrunner-prometheus-"));
  const config = join(folder, "prometheus.yml");
  writeFileSync(
    config,
    `global: { scrape_interval: 1s }\nscrape_configs:\n  - job_name: nodes\n    static_configs: [{ targets: ${JSON.stringify(targets)} }]\n`,
  );
  const listen = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${listen}`,
    ],
    { stdio: "ignore" },
  );
  const exited = once(child, "exit");
  return {
    url: `http://${listen}`,
    async stop() {
      child.kill("SIGKILL");
      await exited;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
