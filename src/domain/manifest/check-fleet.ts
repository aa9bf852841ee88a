import { IANAZone } from "luxon";
import semver from "semver";
import { parseBlackout } from "../rollout/blackouts.ts";
import { checkEgress } from "./check-script.ts";
import { closest } from "./closest.ts";
import { checkDuplicates, checkDuration, checkWindows } from "./common-checks.ts";
import type { ReadManifest } from "./read-manifest.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What the schema cannot say about `fleet.yaml`. Problems are added to the manifest's own. */
export function checkFleet(read: ReadManifest<"Fleet">): void {
  const { source } = read;
  for (const [name, region] of Object.entries(source.regions)) {
    checkTimezone(read, name, region.timezone);
    checkWindows(read, ["regions", name, "windows"], region.windows ?? []);
    checkBlackouts(read, name, region.blackouts ?? []);
  }
  checkEgress(read, ["egress", "allow"], source.egress?.allow ?? []);
  checkDuplicates(read, ["operators"], source.operators ?? []);
  checkNotify(read);
  checkDuration(read, ["upgrades", "every"], source.upgrades?.every, MINUTE_MS, 30 * DAY_MS);
  checkLibraries(read);
}

/** A range that matched nothing would be silent. */
function checkLibraries({ source, document, problems }: ReadManifest<"Fleet">): void {
  for (const [library, notes] of Object.entries(source.libraries ?? {})) {
    for (const [index, { range, why, on }] of notes.entries()) {
      const at = (key: string) => document.at(["libraries", library, index, key]);
      if (semver.validRange(range) === null)
        problems.error(at("range"), "bad-range", `"${range}" is no range of versions.`);
      if (on !== undefined && why !== "endOfLife")
        problems.error(at("on"), "bad-day", `"on" is the day of an endOfLife, and this says ${why}.`);
      else if (on !== undefined && parseBlackout(on) === null)
        problems.error(at("on"), "bad-day", `There is no day "${on}".`);
    }
  }
}

function checkBlackouts(read: ReadManifest<"Fleet">, region: string, blackouts: readonly string[]): void {
  for (const [index, text] of blackouts.entries()) {
    if (parseBlackout(text) !== null) continue;
    const message = `"${text}" makes no sense as a blackout. Write a day, such as 2026-12-24, or 2026-12-24..2026-12-26.`;
    read.problems.error(read.document.at(["regions", region, "blackouts", index]), "bad-blackout", message);
  }
}

/** Each endpoint has one name and one address, and what is not Slack's is signed. */
function checkNotify({ source, document, problems }: ReadManifest<"Fleet">): void {
  const names = new Set<string>();
  for (const [index, { name, url, urlSecret, format, signingSecret }] of (source.notify ?? []).entries()) {
    const say = (key: string, message: string): void =>
      problems.error(document.at(["notify", index, key]), "bad-notify", message);
    if (names.has(name)) say("name", `Two endpoints are called "${name}".`);
    names.add(name);
    if ((url === undefined) === (urlSecret === undefined))
      say("name", `"${name}" needs its address either in url or, where that is a secret, in urlSecret.`);
    if (format !== "slack" && signingSecret === undefined)
      say("name", `"${name}" needs a signingSecret, so that its receiver can tell who sent what.`);
  }
}

function checkTimezone(read: ReadManifest<"Fleet">, region: string, timezone: string): void {
  // Only a name with a place changes its clocks right; abbreviations such as EST are the same all year.
  const isPlace = timezone === "UTC" || timezone.includes("/");
  if (isPlace && IANAZone.isValidZone(timezone)) return;
  const meant = closest(timezone, Intl.supportedValuesOf("timeZone"));
  const hint =
    meant === null ? "Use an IANA name, such as Europe/Dublin or UTC." : `Did you mean "${meant}"?`;
  const at = read.document.at(["regions", region, "timezone"]);
  read.problems.error(at, "bad-timezone", `There is no time zone "${timezone}". ${hint}`, meant);
}
