import { stat } from "node:fs/promises";
import path from "node:path";
import { InvalidArgumentError, type Command } from "commander";
import { CliError, type CliContext, type ExitCode } from "./cli-context.ts";

const PORT = 4500;
const PARENT_LOOK_MS = 1000;

/** `showrunner dev`: serves a folder of scripts on the real runtime until it is interrupted. */
export function addDev(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  program
    .command("dev")
    .summary("serve a folder of scripts on the real runtime, with reload on save")
    .description(
      "Serves every folder with a showrunner.yaml at its route, and every bare NAME.js or NAME.ts at /NAME with the default limits, on the real runtime. A save shows at once; a file that does not build is told in the terminal and answered with 502 until it is mended. Secrets come from SECRETS_DIR.",
    )
    .argument("[dir]", "the folder", ".")
    .option("--port <port>", "port to listen on; 0 takes a free one", portOf, PORT)
    .addHelpText(
      "after",
      "\nExample:\n  showrunner dev my-scripts --port 4500\n  echo 'export default { fetch: () => new Response(\"hello\") }' > hello.js && showrunner dev .",
    )
    .action(async (folder: string, { port }: { port: number }) => {
      finish(await dev(path.resolve(context.cwd, folder), port, context));
    });
}

async function dev(folder: string, port: number, context: CliContext): Promise<ExitCode> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new CliError(2, `There is no folder ${folder}.`);
  // Bundler and runtime are loaded for this command alone.
  const { BoundedOutput } = await import("./dev/bounded-output.ts");
  const { DevLog } = await import("./dev/dev-log.ts");
  const { DevServer } = await import("./dev/dev-server.ts");
  const output = new BoundedOutput(process.stderr.fd);
  const log = new DevLog((line) => output.line(line), context.colour);
  const interrupted = untilInterrupted();
  let server;
  try {
    server = await DevServer.start({ folder, port, env: context.env, log });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
      throw new CliError(3, `Port ${port} is taken; choose another with --port.`);
    }
    throw error;
  }
  context.out(`showrunner dev ready ${server.url}\n`);
  await interrupted;
  await server.stop();
  // A terminal that reads nothing must not keep the process: it would wait for the write that is out.
  if (!output.isIdle) process.kill(process.pid, "SIGKILL");
  return 0;
}

/** Settles on Ctrl-C, on a request to end, and when the process that started this one is gone. */
async function untilInterrupted(): Promise<void> {
  const parent = process.ppid;
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
    const look = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(look);
      resolve();
    }, PARENT_LOOK_MS);
    look.unref();
  });
}

function portOf(value: string): number {
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) {
    throw new InvalidArgumentError("It is no port.");
  }
  return Number(value);
}
