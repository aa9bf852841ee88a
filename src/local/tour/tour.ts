import { readFileSync } from "node:fs";
import { join } from "node:path";
import { githubClient } from "../github-client.ts";
import type { Home } from "../home.ts";
import type { Narrator } from "../narrate.ts";
import { loopback, ORGANIZATION } from "../parts.ts";
import type { PortLayout } from "../ports.ts";
import type { SampleScript } from "../sample-scripts.ts";
import type { Secrets } from "../secrets.ts";
import { badChange } from "./bad-change.ts";
import { earlierMergesLive } from "./earlier-merges-live.ts";
import { failingChange } from "./failing-change.ts";
import { goodChange } from "./good-change.ts";
import { closeLeftovers } from "./pull-request.ts";
import type { Scene } from "./scene.ts";
import { StepFailed } from "./step.ts";

export interface TourOptions {
  readonly layout: PortLayout;
  readonly home: Home;
  readonly secrets: Secrets;
  readonly narrator: Narrator;
  readonly scripts: readonly SampleScript[];
  /** Pairs of script and region that are not served yet. */
  readonly missing: readonly string[];
  readonly signal: AbortSignal;
}

const FIXTURES = join(import.meta.dirname, "../../../fixtures");
const REPOSITORY = "artwork";
const TOUR_MS_MAX = 225_000;

/** Shows the platform at work on a real change and on a bad one. Its last line says how it went; it never throws. */
export async function runTour(options: TourOptions): Promise<void> {
  const { narrator, signal } = options;
  const startedAtMs = Date.now();
  try {
    await allSteps(options);
    narrator.say(
      `\n  The tour took ${Math.round((Date.now() - startedAtMs) / 1_000)} s. The platform stays up: try a change of your own.`,
    );
    narrator.say("showrunner tour ok");
  } catch (error) {
    if (signal.aborted) return;
    narrator.say(`showrunner tour failed: ${reason(error)}`);
  }
}

async function allSteps(options: TourOptions): Promise<void> {
  const scene = setScene(options);
  const missing = options.missing.filter((pair) => pair.startsWith(`${REPOSITORY} in `));
  if (missing.length > 0) throw new StepFailed(`not served: ${missing.join(", ")}`);
  options.narrator.heading("The tour: one change that reaches every region, and two that must not");
  const closed = await closeLeftovers(scene);
  if (closed > 0) options.narrator.detail(`closed ${closed} pull request(s) that an earlier tour left open`);
  await earlierMergesLive(scene);
  await goodChange(scene);
  await badChange(scene);
  await failingChange(scene);
}

function setScene({ layout, home, secrets, narrator, scripts, signal }: TourOptions): Scene {
  const script = scripts.find(({ repository }) => repository === REPOSITORY);
  const githubOrigin = loopback(layout.github);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TOUR_MS_MAX)]);
  return {
    narrator,
    developer: secrets.maya,
    github: githubClient(githubOrigin, secrets.maya.token, limited),
    githubOrigin,
    controlPlane: {
      origin: loopback(layout.dashboard),
      token: readFileSync(secrets.apiTokenFile, "utf8").trim(),
    },
    owner: ORGANIZATION,
    repo: REPOSITORY,
    path: script?.requests[0]?.path ?? `/${REPOSITORY}`,
    gateways: layout.gateways.map(({ region, port }) => ({ region, origin: loopback(port) })),
    folders: {
      original: join(FIXTURES, "repos", REPOSITORY),
      good: join(FIXTURES, "tour/good"),
      clones: home.clones,
    },
    signal: limited,
  };
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `it took longer than ${TOUR_MS_MAX / 1_000} s`;
  return error.message.replaceAll(/\s*\n\s*/g, " ");
}
