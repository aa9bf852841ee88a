import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { runCli } from "#app/cli/run-cli.ts";

const SCRIPT = `kind: Script
name: artwork
owner: team-art
entry: src/index.ts
rollout:
  waves: [[eu-west-1], [us-wst-2]]
`;
const FLEET = `kind: Fleet
regions:
  eu-west-1: { timezone: Europe/Dublin, windows: ["Mon-Thu 09:00-16:00"] }
  us-west-2: { timezone: America/Los_Angeles }
`;
const GOOD = SCRIPT.replace("us-wst-2", "us-west-2");

let folder: string;
let server: Server | null = null;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cli-"));
});

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = null;
  await rm(folder, { recursive: true, force: true });
});

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.join(folder, path.dirname(file)), { recursive: true });
  await writeFile(path.join(folder, file), text);
}

async function cli(args: string, env: Record<string, string> = {}) {
  let [out, log] = ["", ""];
  const code = await runCli(args.split(" "), "0.0.0", {
    cwd: folder,
    env,
    stdin: async () => "",
    out: (text) => {
      out += text;
    },
    log: (text) => {
      log += `${text}\n`;
    },
    colour: false,
    width: null,
    now: () => Date.UTC(2026, 4, 4, 12),
    fetch: globalThis.fetch,
  });
  return { code, out, log };
}

/** A control plane that gives these answers, and notes who asks. */
async function serve(answers: Record<string, { status: number; body: unknown }>) {
  const asked: { path: string; authorization: string | undefined }[] = [];
  const started = createServer((request, response) => {
    asked.push({ path: request.url ?? "", authorization: request.headers.authorization });
    const answer = answers[request.url ?? ""] ?? {
      status: 404,
      body: { error: { message: "no such thing" } },
    };
    response
      .writeHead(answer.status, { "content-type": "application/json" })
      .end(JSON.stringify(answer.body));
  });
  server = started;
  await new Promise<void>((resolve) => {
    started.listen(0, "127.0.0.1", resolve);
  });
  const address = started.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}`, asked };
}

describe("showrunner validate", () => {
  it("shows each problem with its line and a mark under the value", async () => {
    await write("art/showrunner.yaml", SCRIPT);
    await write("fleet.yaml", FLEET);
    const { code, out, log } = await cli("validate .");
    expect(out).toBe(`art/showrunner.yaml:6:25  error  unknown-region
  6 │   waves: [[eu-west-1], [us-wst-2]]
    │                         ^^^^^^^^
  There is no region "us-wst-2" in fleet.yaml. Did you mean "us-west-2"?

2 files checked: 1 error
`);
    expect(log).toBe("");
    expect(code).toBe(1);
  });

  it("prints one JSON document", async () => {
    await write("art/showrunner.yaml", SCRIPT);
    await write("fleet.yaml", FLEET);
    const { code, out } = await cli("validate --format json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      ok: false,
      files: 2,
      problems: [
        {
          file: "art/showrunner.yaml",
          line: 6,
          column: 25,
          severity: "error",
          code: "unknown-region",
          message: 'There is no region "us-wst-2" in fleet.yaml. Did you mean "us-west-2"?',
          fix: "us-west-2",
        },
      ],
    });
  });

  it("prints workflow commands that cannot be broken out of", async () => {
    await write("a,b:c/showrunner.yaml", `${GOOD}limts: 1\n`);
    const { out } = await cli("validate . --format github");
    expect(out.split("\n")[0]).toBe(
      '::error file=a%2Cb%3Ac/showrunner.yaml,line=7,col=1,title=unknown-key::The manifest has no key "limts". Did you mean "limits"?',
    );
  });

  it("checks one file alone without cross-references, and with them when a fleet is named", async () => {
    await write("showrunner.yaml", SCRIPT);
    await write("fleet.yaml", FLEET);
    expect((await cli("validate showrunner.yaml")).code).toBe(0);
    const held = await cli("validate showrunner.yaml --fleet fleet.yaml --json");
    expect(held.code).toBe(1);
    expect(held.out).toContain("unknown-region");
  });

  it("says yes to warnings alone", async () => {
    await write("showrunner.yaml", `${GOOD}warmup: [{ path: /other }]\n`);
    const { code, out } = await cli("validate");
    expect(code).toBe(0);
    expect(out).toContain("1 file checked: 1 warning");
  });

  it("says no where there is nothing to check", async () => {
    const { code, out } = await cli("validate .");
    expect(code).toBe(1);
    expect(out).toContain("no-manifests");
  });

  it("does not let a file's text steer the terminal", async () => {
    await write("showrunner.yaml", `${GOOD}x: "\u202eevil" # \u0085\n`);
    expect((await cli("validate .")).out).toContain('x: "·evil" # ·');
  });
});

describe("showrunner plan", () => {
  it("plans a folder with the fleet beside it", async () => {
    await write("repos/art/showrunner.yaml", GOOD);
    await write("repos/fleet/fleet.yaml", FLEET);
    const { code, out } = await cli("plan repos/art --json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      script: "artwork@1",
      waves: [
        { regions: ["eu-west-1"], startsAt: "2026-05-04T12:00:00.000Z", endsAt: "2026-05-04T12:20:20.000Z" },
        { regions: ["us-west-2"], startsAt: "2026-05-04T12:20:20.000Z", endsAt: "2026-05-04T12:40:40.000Z" },
      ],
      completesBy: "2026-05-04T12:40:40.000Z",
    });
  });

  it("shows the promise first, for people", async () => {
    await write("showrunner.yaml", GOOD);
    await write("fleet.yaml", FLEET);
    const { out } = await cli("plan . --start 2026-05-08T00:00:00Z");
    expect(out).toBe(`artwork@1: in every region by Mon 11 May 08:41 UTC (40m 40s from the first wave)
  wave 1  Mon 11 May 08:00 to Mon 11 May 08:21  eu-west-1
  wave 2  Mon 11 May 08:21 to Mon 11 May 08:41  us-west-2
`);
  });

  it("says no, and why, when the promise cannot be kept", async () => {
    await write("showrunner.yaml", `${GOOD}  completeWithin: 30m\n`);
    await write("fleet.yaml", FLEET);
    const { code, log } = await cli("plan .");
    expect(code).toBe(1);
    expect(log).toContain("longer than its completeWithin of 30m");
  });

  it("takes the fleet from the control plane when there is none on disk", async () => {
    await write("showrunner.yaml", GOOD);
    const { url } = await serve({ "/api/fleet": { status: 200, body: { fleet: FLEET } } });
    expect((await cli("plan .", { SHOWRUNNER_URL: url })).out).toContain("in every region by");
  });

  it("asks the control plane about a script by its name", async () => {
    const plan = {
      script: "artwork@4",
      waves: [{ regions: ["eu-west-1"], startsAt: "2026-05-04T12:00:00Z", endsAt: "2026-05-04T12:20:00Z" }],
      completesBy: "2026-05-04T12:20:00Z",
    };
    const { url } = await serve({ "/api/scripts/artwork/plan?version=4": { status: 200, body: plan } });
    const { code, out } = await cli("plan artwork@4 --json", { SHOWRUNNER_URL: url });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(plan);
    expect((await cli("plan nothing", { SHOWRUNNER_URL: url })).code).toBe(1);
  });
});

function revision(commit: string) {
  return { digest: `sha256:${commit}`, commit };
}

describe("showrunner status", () => {
  const overview = {
    scripts: [
      {
        name: "artwork",
        version: "4",
        regions: [
          { region: "eu-west-1", stable: revision("1f0c9e2d"), next: revision("9e2d1f0c") },
          { region: "us-west-2", stable: revision("1f0c9e2d"), next: null },
        ],
      },
      { name: "home", version: "1", regions: [{ region: "eu-west-1", stable: null, next: null }] },
    ],
    rollouts: [
      {
        id: "artwork@4-9e2d1f0",
        script: "artwork",
        version: "4",
        phase: "baking",
        wave: 1,
        waves: 2,
        percent: 40,
        promisedBy: "2026-05-04T14:45:00Z",
        expectedBy: "2026-05-04T14:44:00Z",
        regions: [],
      },
    ],
  };

  it("shows rollouts in flight and what each region serves, and sends the token", async () => {
    const { url, asked } = await serve({ "/api/overview": { status: 200, body: overview } });
    const { code, out } = await cli("status", { SHOWRUNNER_URL: url, SHOWRUNNER_TOKEN: "secret" });
    expect(code).toBe(0);
    expect(out)
      .toBe(`artwork@4  baking  wave 1/2  40%  promised 2026-05-04 14:45 UTC · expected 2026-05-04 14:44 UTC

script     eu-west-1          us-west-2
artwork@4  1f0c9e2 → 9e2d1f0  1f0c9e2
home@1     -                  -
`);
    expect(asked).toEqual([{ path: "/api/overview", authorization: "Bearer secret" }]);
  });

  it("reads the token of this machine's platform from its home", async () => {
    const { url, asked } = await serve({ "/api/overview": { status: 200, body: overview } });
    await write("home/token", "from-file\n");
    await cli("status", { SHOWRUNNER_URL: url, SHOWRUNNER_HOME: "home" });
    expect(asked[0]?.authorization).toBe("Bearer from-file");
  });

  it("shows one script alone as JSON, and says no to one that is unknown", async () => {
    const { url } = await serve({ "/api/overview": { status: 200, body: overview } });
    const { out } = await cli("status home --json", { SHOWRUNNER_URL: url });
    expect(JSON.parse(out)).toEqual({ scripts: [overview.scripts[1]], rollouts: [] });
    expect((await cli("status nothing", { SHOWRUNNER_URL: url })).code).toBe(1);
  });

  it("exits with 3 when nobody answers, or somebody else does", async () => {
    const { url } = await serve({ "/api/overview": { status: 200, body: { hello: "world" } } });
    expect((await cli("status", { SHOWRUNNER_URL: url })).code).toBe(3);
    expect((await cli("status", { SHOWRUNNER_URL: "http://127.0.0.1:9" })).code).toBe(3);
  });
});

describe("wrong usage", () => {
  it.each([
    ["validat", "Did you mean validate?"],
    ["validate --fromat json", "Did you mean --format?"],
    ["validate --format yaml", "Allowed choices are pretty, json, github"],
    ["validate nowhere", "no file or folder nowhere"],
    ["plan", "missing required argument"],
    ["plan ../..x", "neither a folder nor the name of a script"],
    ["plan . --start yesterday", "Write it like 2026-05-04T09:00:00Z"],
    ["campaign start --library zod", "Name a library and a version"],
    ["campaign ship zod-4-1-0 --score 101", "Write a score from 0 to 100"],
    ["campaign apply --library zod --to 4.1.0", "required option '--repos <file>'"],
    [
      "campaign apply --repos r --api http://x --token t --library zod --to four",
      "--to four is not a version",
    ],
    ["campaign apply --repos r --api http://x --token t", "Name a library and a version"],
    [
      "campaign apply --repos r --api x --token t --library zod --to 4.1.0",
      "--api x is not an http or https",
    ],
  ])("%s exits with 2 and says what to do", async (args, message) => {
    const { code, out, log } = await cli(args);
    expect(code).toBe(2);
    expect(log).toContain(message);
    expect(out).toBe("");
  });

  const COMMANDS =
    "validate dev plan judge status watch wait pause resume abort rollback promote freeze unfreeze kill unkill usage retire resurrect tombstones campaign inventory sbom health why";
  it.each(COMMANDS.split(" "))("%s has help with an example", async (command) => {
    const { code, out } = await cli(`${command} --help`);
    expect(code).toBe(0);
    expect(out).toContain(`Example:\n  showrunner ${command}`);
  });
});
