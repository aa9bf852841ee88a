import { allServed } from "./all-served.ts";
import { claimHome, endLeftovers, openHome, releaseHome, type Home } from "./home.ts";
import { Narrator, whatRunsWhere } from "./narrate.ts";
import { loopback } from "./parts.ts";
import { Platform, SAMPLES } from "./platform.ts";
import { portClash } from "./port-clash.ts";
import { readSampleScripts } from "./sample-scripts.ts";
import { loadSecrets, type Secrets } from "./secrets.ts";
import { readSettings, type Settings } from "./settings.ts";
import { runTour } from "./tour/tour.ts";

/** `npm start`: the whole platform on this machine. */
const EXIT_REFUSED = 1;
const SERVED_TIMEOUT_MS = 600_000;
const PARENT_CHECK_EVERY_MS = 200;

const narrator = new Narrator();
// Whoever read our output may go away (`npm start | head -1`); the platform stays.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

const USAGE = `Usage: npm start
Starts the whole platform on this machine, and takes you on a tour of it. Ctrl-C stops it; the next start goes on from there.

Settings come from the environment:
  PORT             the dashboard's port, and the first of a block for all else (4400)
  SHOWRUNNER_HOME  where its state is (.showrunner)
  SHOWRUNNER_TOUR  on, or off to skip the tour (on)
`;
const [word] = process.argv.slice(2);
if (word === "--help" || word === "-h") process.stdout.write(USAGE);
else if (word !== undefined)
  refuse(`npm start takes no ${JSON.stringify(word)}; its settings are in npm start -- --help.`);
else await start();

async function start(): Promise<void> {
  const asked = readSettings(process.env);
  if (asked.ok) await run(asked.settings);
  else refuse(asked.message);
}

async function run(settings: Settings): Promise<void> {
  const { layout } = settings;
  const home = openHome(settings.homePath);
  const claim = claimHome(home);
  if (!claim.ok) {
    refuse(claim.message);
    return;
  }
  await endLeftovers(home);
  const clash = await portClash(layout);
  if (clash !== null) {
    releaseHome(home);
    refuse(clash);
    return;
  }
  const secrets = await loadSecrets(home);
  const stopping = new AbortController();
  const platform = new Platform({
    layout,
    home,
    secrets,
    environment: process.env,
    narrator,
    signal: stopping.signal,
  });
  stopWhenAsked(platform, home, stopping);
  try {
    await platform.start();
    narrator.say(`showrunner ready ${loopback(layout.dashboard)}`);
    await show(settings, home, secrets, platform, stopping.signal);
  } catch (error) {
    if (stopping.signal.aborted) return;
    stopping.abort();
    narrator.problem(error instanceof Error ? error.message : String(error));
    await platform.stop();
    releaseHome(home);
    process.exit(EXIT_REFUSED);
  }
}

/** All that happens after the platform became usable. */
async function show(
  settings: Settings,
  home: Home,
  secrets: Secrets,
  platform: Platform,
  signal: AbortSignal,
): Promise<void> {
  const { layout } = settings;
  const scripts = readSampleScripts(SAMPLES);
  const gateways = layout.gateways.map(({ region, port }) => ({ region, origin: loopback(port) }));
  whatRunsWhere(
    layout,
    home,
    scripts.find(({ name }) => name === "artwork"),
  ).forEach((line) => narrator.say(line));
  await platform.startTraffic();
  const missing = await allServed({
    scripts,
    gateways,
    timeoutMs: SERVED_TIMEOUT_MS,
    onProgress: (served) => {
      const counts = [...served].map(([region, count]) => `${region} ${count}`);
      narrator.progress(`rolling out ${scripts.length} sample scripts; served so far: ${counts.join(", ")}`);
    },
    signal,
  });
  if (missing.length > 0) narrator.problem(`not served yet: ${missing.join(", ")}`);
  else narrator.progress(`every region serves all ${scripts.length} sample scripts`);
  if (settings.tour === "on") await runTour({ layout, home, secrets, narrator, scripts, missing, signal });
}

/** Stops everything in order, once; what does not end in time is ended. */
function stopWhenAsked(platform: Platform, home: Home, stopping: AbortController): void {
  const stop = async (): Promise<void> => {
    // npm passes on the Ctrl-C that the terminal has sent here already.
    if (stopping.signal.aborted) return;
    stopping.abort();
    narrator.progress("stopping");
    await platform.stop();
    releaseHome(home);
    narrator.progress("stopped");
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop());
  if (process.env["npm_lifecycle_event"] === undefined) return;
  // A signal to npm alone ends the shell between npm and this process, and nobody tells this process.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) void stop();
  }, PARENT_CHECK_EVERY_MS).unref();
}

function refuse(message: string): void {
  narrator.problem(message);
  process.exitCode = EXIT_REFUSED;
}
