import { relative } from "node:path";
import { styleText } from "node:util";
import type { Home } from "./home.ts";
import { FLEET_REPO, loopback, ORGANIZATION } from "./parts.ts";
import type { PortLayout } from "./ports.ts";
import type { SampleScript } from "./sample-scripts.ts";

type Style = Parameters<typeof styleText>[0];

/** What people read. Colours only where the stream is a terminal and NO_COLOR is not set. */
export class Narrator {
  readonly #startedAtMs = Date.now();

  /** Progress before the platform is usable, and events later: on stderr, with the seconds since the start. */
  progress(text: string): void {
    const seconds = ((Date.now() - this.#startedAtMs) / 1_000).toFixed(1).padStart(6);
    process.stderr.write(`${style("dim", `${seconds} s`, process.stderr)}  ${text}\n`);
  }

  problem(text: string): void {
    process.stderr.write(`${style("red", "problem", process.stderr)}   ${text}\n`);
  }

  /** The story itself, on stdout. */
  say(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  heading(text: string): void {
    this.say(`\n${style("bold", text, process.stdout)}`);
  }

  /** A result seen from outside. */
  shows(text: string): void {
    this.say(`    ${style("green", text, process.stdout)}`);
  }

  /** Something that did not go through, as it should not have. */
  refuses(text: string): void {
    this.say(`    ${style("yellow", text, process.stdout)}`);
  }

  detail(text: string): void {
    this.say(`    ${text}`);
  }
}

function style(format: Style, text: string, stream: NodeJS.WriteStream): string {
  return styleText(format, text, { stream, validateStream: true });
}

/** One screen: what runs where, where to click, how to stop. */
export function whatRunsWhere(layout: PortLayout, home: Home, example: SampleScript | undefined): string[] {
  const dashboard = loopback(layout.dashboard);
  const github = loopback(layout.github);
  const gateways = layout.gateways.map(({ region, port }) => `${region} ${loopback(port)}`);
  const path = example?.requests[0]?.path ?? "/";
  const firstGateway = loopback(layout.gateways[0]!.port);
  const homePath = shortPath(home.path);
  return [
    "",
    `  Dashboard   ${dashboard}`,
    `  GitHub      ${github}  repositories: ${github}/${ORGANIZATION}/<name>.git, fleet: ${FLEET_REPO}`,
    `  Gateways    ${gateways.join("   ")}`,
    `  Nodes       ${layout.nodes.length}, two a region, behind the gateways; logs and process ids in ${homePath}`,
    "",
    `  Ask a script      curl -i '${firstGateway}${path}'`,
    `  Command line      SHOWRUNNER_URL=${dashboard} SHOWRUNNER_TOKEN=$(cat ${homePath}/token) npx showrunner --help`,
    `  Work on a script  git clone ${github}/${ORGANIZATION}/${example?.repository ?? "artwork"}.git`,
    `                    push as maya with the password in ${homePath}/keys/maya.token`,
    "  Stop              Ctrl-C; the next start goes on from here",
  ];
}

/** Relative to where the person stands, where that is shorter. */
function shortPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.length < path.length ? fromHere : path;
}
