import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { eventually } from "../e2e/eventually.ts";
import { SmallFleet, scriptFiles } from "./small-fleet.ts";

const nodes = [
  { id: "eu-1", region: "eu-west-1" },
  { id: "us-1", region: "us-east-1" },
];
const regions = (unreachable: string) => `kind: Fleet
regions:
  eu-west-1: { timezone: Europe/Dublin }
  us-east-1: { timezone: America/New_York, unreachable: ${unreachable} }
`;
/** Debian's libfaketime, which shows a process another clock. */
const faketime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
const withFaketime = existsSync(faketime) ? it : it.skip;
if (!existsSync(faketime))
  process.stderr.write("SKIPPED: clocks that are off need libfaketime: apt-get install faketime\n");

let fleet: SmallFleet;

beforeAll(async () => {
  fleet = await SmallFleet.start({ nodes, fleet: regions("wait") });
  await fleet.push("base", scriptFiles("base", "one"));
  await fleet.serve("/base", "one", 90_000);
}, 720_000);

afterAll(async () => {
  await fleet.close();
}, 90_000);

const cells = async (name: string) =>
  (await fleet.overview()).scripts.find((script) => script.name === name)?.regions ?? [];

describe("R7: a region that is cut off", () => {
  it("serves its last known good, holds its wave, and catches up when it is back", async () => {
    const road = fleet.roads.get("us-east-1");
    road?.cut();
    await fleet.push("base", scriptFiles("base", "two"));
    await fleet.serve("/base", "two", 60_000, ["eu-1"]);
    await eventually("the wave waits and names the node", 60_000, async () => {
      const waiting = (await cells("base")).find((cell) => cell.region === "us-east-1");
      return JSON.stringify(waiting).includes("us-1") ||
        JSON.stringify(await fleet.overview()).includes("us-1 ")
        ? true
        : null;
    });
    expect(await fleet.ask("us-1", "/base")).toBe("one");
    road?.mend();
    await fleet.serve("/base", "two", 90_000);
  }, 900_000);
});

describe("R9: nodes restart while the control plane is down", () => {
  it("and serve what they had on disk", async () => {
    const before = await fleet.ask("eu-1", "/base");
    await fleet.kill("control-plane");
    for (const { id } of nodes) {
      await fleet.kill(id);
      await fleet.startNode(id);
    }
    await fleet.serve("/base", before, 30_000);
    await fleet.startControlPlane();
    await fleet.push("base", scriptFiles("base", "three"));
    await fleet.serve("/base", "three", 120_000);
  }, 720_000);
});

/** A folder on a file system of its own of `mb` MiB; null where this user may not mount one. */
function smallDisk(folder: string, mb: number): { fill(): void; empty(): void; unmount(): void } | null {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mb}m`, "none", folder], { stdio: "ignore" });
  } catch {
    return null;
  }
  const ballast = join(folder, "ballast");
  return {
    fill() {
      try {
        writeFileSync(ballast, Buffer.alloc(mb * 1024 * 1024));
      } catch {
        // That it does not fit is the point.
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    unmount: () => execFileSync("umount", ["-l", folder]),
  };
}

describe("R10: a full disk", () => {
  it("on a node: a sound revision is not taken back for it, and is everywhere when there is room", async () => {
    await fleet.kill("us-1");
    const disk = smallDisk(fleet.nodeHome("us-1"), 16);
    if (disk === null) {
      process.stderr.write("SKIPPED: a full disk needs the right to mount a small one\n");
      await fleet.startNode("us-1");
      return;
    }
    try {
      await fleet.startNode("us-1");
      const four = await fleet.push("base", scriptFiles("base", "four"));
      await fleet.serve("/base", "four", 120_000);
      await eventually("four is stable everywhere", 60_000, async () =>
        (await cells("base")).every((cell) => !cell.next && cell.stable?.commit === four) ? true : null,
      );
      disk.fill();
      const five = await fleet.push("base", scriptFiles("base", "five"));
      await fleet.serve("/base", "five", 120_000, ["eu-1"]);
      expect(["four", "five"]).toContain(await fleet.ask("us-1", "/base"));
      disk.empty();
      await fleet.serve("/base", "five", 120_000);
      await eventually("five is stable everywhere", 60_000, async () =>
        (await cells("base")).every((cell) => !cell.next && cell.stable?.commit === five) ? true : null,
      );
      const held = await fleet.bench.api("GET", "/repos/acme/fleet/commits?path=holds/base@1.yaml");
      expect(held.body).toEqual([]);
    } finally {
      await fleet.kill("us-1");
      disk.unmount();
      await fleet.startNode("us-1");
    }
    await fleet.serve("/base", "five", 60_000);
  }, 1_440_000);
});

describe("R11: clocks that are off", () => {
  withFaketime(
    "by two hours on a node: no wave counts early, and the rollout completes",
    async () => {
      await fleet.kill("eu-1");
      const fast = { LD_PRELOAD: faketime, FAKETIME: "+2h", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
      await fleet.startNode("eu-1", fast);
      await fleet.push("base", {
        ...scriptFiles("base", "six"),
        "showrunner.yaml": (scriptFiles("base", "six")["showrunner.yaml"] ?? "").replace(
          "min: 1s, max: 2s",
          "min: 6s, max: 8s",
        ),
      });
      await fleet.serve("/base", "six", 60_000, ["eu-1"]);
      const servedAtMs = Date.now();
      await fleet.serve("/base", "six", 120_000);
      expect(Date.now() - servedAtMs).toBeGreaterThan(4_500);
      await fleet.kill("eu-1");
      await fleet.startNode("eu-1");
    },
    900_000,
  );
});
