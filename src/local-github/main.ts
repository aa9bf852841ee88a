import { optionsFromEnvironment } from "./options.ts";
import { startLocalGithub } from "./server.ts";

const github = await startLocalGithub(optionsFromEnvironment(process.env));
process.stdout.write(`local-github ready ${github.url}\n`);

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    // Whatever still hangs must not keep the process: all that was answered is on disk already.
    setTimeout(() => process.exit(0), 1500).unref();
    void github.close().finally(() => process.exit(0));
  });
}
