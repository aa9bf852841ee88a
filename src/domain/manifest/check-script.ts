import type { Script } from "#schemas/types.ts";
import { forbiddenReason, parseEndpoint } from "./egress.ts";
import { parseDurationMs } from "./duration.ts";
import type { DocumentPath } from "./located-document.ts";
import { checkDuplicates, checkDuration, checkMetrics, checkWindows } from "./common-checks.ts";
import type { ReadManifest } from "./read-manifest.ts";
import { routeCovers } from "./routes.ts";

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
const RESERVED_ROUTES = ["/healthz", "/_showrunner"];

type ReadScript = ReadManifest<"Script">;

/** What the schema cannot say about one `showrunner.yaml`. Problems are added to the manifest's own. */
export function checkScript(read: ReadScript): void {
  const { source } = read;
  checkEntry(read);
  checkRoute(read);
  checkWarmup(read);
  checkLimits(read);
  checkEgress(read, ["egress"], source.egress ?? []);
  checkDuplicates(read, ["secrets"], source.secrets ?? []);
  checkDuplicates(read, ["dependsOn"], source.dependsOn ?? []);
  for (const [index, name] of (source.dependsOn ?? []).entries()) {
    if (name !== source.name) continue;
    const at = read.document.at(["dependsOn", index]);
    read.problems.error(at, "depends-on-itself", `The script "${name}" cannot depend on itself.`);
  }
  checkRollout(read);
  checkCanary(read);
  checkUpgrades(read);
}

/** Each entry must be a destination, and none that is always refused. */
export function checkEgress(
  read: ReadManifest<"Script"> | ReadManifest<"Fleet">,
  path: DocumentPath,
  entries: readonly string[],
): void {
  checkDuplicates(read, path, entries);
  for (const [index, text] of entries.entries()) {
    const at = read.document.at([...path, index]);
    const endpoint = parseEndpoint(text);
    if (endpoint === null) {
      const message = `"${text}" is no destination. Write host:port, such as catalog.internal:443, or a range, such as 10.1.0.0/16.`;
      const hasHostOnly = parseEndpoint(`${text}:443`)?.kind === "host";
      read.problems.error(at, "bad-egress", message, hasHostOnly ? `${text}:443` : null);
      continue;
    }
    const reason = forbiddenReason(endpoint);
    if (reason === null) continue;
    read.problems.error(at, "egress-forbidden", `"${text}" is refused in any fleet: ${reason}.`);
  }
}

function checkEntry(read: ReadScript): void {
  const { entry } = read.source;
  const isInside = entry.split("/").every((part) => part !== ".." && part !== "." && part !== "node_modules");
  if (isInside) return;
  const message = `entry "${entry}" must lie in this file's folder, without "." or ".." parts and outside of node_modules.`;
  read.problems.error(read.document.at(["entry"]), "bad-entry", message);
}

function checkRoute(read: ReadScript): void {
  const { route } = read.source;
  if (route === undefined) return;
  const at = read.document.at(["route"]);
  const parts = route.split("/").slice(1);
  if (route !== "/" && parts.some((part) => part === "" || part === "." || part === "..")) {
    const clean = `/${parts.filter((part) => part !== "" && part !== "." && part !== "..").join("/")}`;
    const message = `route "${route}" must be a plain path, without empty, "." or ".." parts.`;
    read.problems.error(at, "bad-route", message, clean);
    return;
  }
  const reserved = RESERVED_ROUTES.find((taken) => routeCovers(taken, route));
  if (reserved === undefined) return;
  const message = `route "${route}" cannot be used: the gateway keeps ${reserved} for itself.`;
  read.problems.error(at, "reserved-route", message);
}

function checkWarmup(read: ReadScript): void {
  const { source } = read;
  const route = source.route ?? `/${source.name}`;
  for (const [index, request] of (source.warmup ?? []).entries()) {
    checkDuration(read, ["warmup", index, "timeout"], request.timeout, 1, 60 * SECOND_MS);
    const path = request.path.split(/[?#]/, 1)[0] ?? "";
    if (routeCovers(route, path)) continue;
    const message = `The script's route is ${route}, so this warm-up request never reaches it.`;
    const at = read.document.at(["warmup", index, "path"]);
    read.problems.warning(
      at,
      "warmup-outside-route",
      message,
      `${route === "/" ? "" : route}${request.path}`,
    );
  }
}

function checkLimits(read: ReadScript): void {
  const { cpuMs, wallMs } = { cpuMs: 500, wallMs: 1500, ...read.source.limits };
  if (cpuMs <= wallMs) return;
  const key = read.source.limits?.cpuMs === undefined ? "wallMs" : "cpuMs";
  const message = `cpuMs (${cpuMs}) is above wallMs (${wallMs}), so it can never be reached.`;
  read.problems.warning(read.document.at(["limits", key]), "cpu-over-wall", message);
}

function checkRollout(read: ReadScript): void {
  const { document, problems } = read;
  const rollout: NonNullable<Script["rollout"]> = read.source.rollout ?? {};
  const { min, max } = rollout.bake ?? {};
  const path = ["rollout", "bake"];
  checkDuration(read, [...path, "min"], min, 0, 14 * DAY_MS);
  checkDuration(read, [...path, "max"], max, 0, 14 * DAY_MS);
  checkDuration(read, ["rollout", "completeWithin"], rollout.completeWithin, SECOND_MS, 90 * DAY_MS);
  checkWindows(read, ["rollout", "windows"], rollout.windows ?? []);
  const [minMs, maxMs] = [parseDurationMs(min ?? ""), parseDurationMs(max ?? "")];
  if (minMs !== null && maxMs !== null && maxMs < minMs) {
    const message = `bake.max (${max}) must be at least bake.min (${min}).`;
    problems.error(document.at([...path, "max"]), "bake-order", message, min);
  }
  if (rollout.strategy === "global" && rollout.waves !== undefined) {
    const message = "strategy: global has one wave of all regions, so it takes no waves.";
    problems.error(document.atKey(["rollout", "waves"]), "waves-with-global", message);
  }
  const seen = new Set<string>();
  for (const [wave, regions] of (rollout.waves ?? []).entries()) {
    for (const [index, region] of regions.entries()) {
      const at = document.at(["rollout", "waves", wave, index]);
      if (seen.has(region))
        problems.error(at, "region-repeated", `The region "${region}" is in the waves twice.`);
      seen.add(region);
    }
  }
}

function checkCanary(read: ReadScript): void {
  const { canary } = read.source;
  if (canary === undefined) return;
  checkDuration(read, ["canary", "maxDuration"], canary.maxDuration, SECOND_MS, DAY_MS);
  checkMetrics(read, ["canary", "metrics"], canary.metrics ?? []);
  const { pass, marginal } = { pass: 95, marginal: 75, ...canary.thresholds };
  if (pass >= marginal) return;
  const key = canary.thresholds?.pass === undefined ? "marginal" : "pass";
  const message = `thresholds.pass (${pass}) must be at least thresholds.marginal (${marginal}).`;
  read.problems.error(read.document.at(["canary", "thresholds", key]), "threshold-order", message);
}

function checkUpgrades(read: ReadScript): void {
  const { upgrades } = read.source;
  if (upgrades === undefined) return;
  checkDuration(read, ["upgrades", "cooldown"], upgrades.cooldown, 0, 365 * DAY_MS);
  checkWindows(read, ["upgrades", "schedule"], upgrades.schedule ?? []);
  checkDuplicates(read, ["upgrades", "ignore"], upgrades.ignore ?? []);
}
