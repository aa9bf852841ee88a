/** Stands for one process of the platform. Environment: STUB, what it does. */
import { fork } from "node:child_process";
import { createServer } from "node:http";

switch (process.env["STUB"]) {
  case "well":
    process.on("SIGTERM", () => process.exit(0));
    break;
  case "stubborn":
    process.on("SIGTERM", () => {});
    break;
  case "parent": {
    // Started the same way as this process, preload included, as Node does for its own forks.
    const child = fork(import.meta.filename, { env: { ...process.env, STUB: "stubborn" }, stdio: "ignore" });
    process.stdout.write(`child ${child.pid}\n`);
    break;
  }
  default:
    process.stderr.write("this stub has nothing to do\n");
    process.exit(3);
}
createServer().listen({ port: 0, host: "127.0.0.1" }, () => process.stdout.write("stub ready\n"));
