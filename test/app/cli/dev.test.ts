import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const BIN = path.join(import.meta.dirname, "../../../bin/showrunner.js");

let root = "";
let child: ChildProcess;
let url = "";
let log = "";

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true });
  await writeFile(path.join(root, file), text);
}

async function get(route: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}${route}`);
  return { status: response.status, text: await response.text() };
}

/** The test's own time-out is the limit. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "showrunner-dev-test-"));
  await write("hello.js", 'export default { fetch: () => new Response("hello") };');
  await write(
    "typed.ts",
    'const word: string = "typed";\nexport default { fetch: () => new Response(word) };',
  );
  await write("broken.js", "export default { fetch( { } };");
  await write("nothing.js", "export const x = 1;");
  await write("files.js", 'import "fs";\nimport "no-such-package";\nexport default { fetch() {} };');
  await write("thrower.js", 'throw new Error("at the top");\nexport default { fetch() {} };');
  await write(
    "boom.ts",
    'function boom(): never {\n  throw new Error("boom");\n}\nexport default { fetch: () => boom() };',
  );
  await write("echo.js", "export default { fetch: async (r) => new Response(r.method + await r.text()) };");
  await write(
    "sub/showrunner.yaml",
    'kind: Script\nname: sub\nversion: "3"\nowner: me\nentry: index.ts\nroute: /sub\nwarmup: [{ path: /sub, times: 3, timeout: 2s }]\n',
  );
  await write(
    "sub/index.ts",
    'import { word } from "./word.ts";\nexport default { fetch: () => new Response(word) };',
  );
  await write("sub/word.ts", 'export const word = "one";');
  child = spawn(process.execPath, [BIN, "dev", root, "--port", "0"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  if (child.stdout === null) throw new Error("no standard output");
  const [line]: unknown[] = await once(createInterface({ input: child.stdout }), "line");
  url = /^showrunner dev ready (http:\/\/127\.0\.0\.1:\d+)$/.exec(String(line))?.[1] ?? "";
});

afterAll(async () => {
  const exited = once(child, "exit");
  child.kill("SIGINT");
  expect(await exited).toEqual([0, null]);
  await rm(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

describe("showrunner dev", () => {
  it.each([
    ["/hello", "hello"],
    ["/hello/deeper?x=1", "hello"],
    ["/typed", "typed"],
    ["/sub", "one"],
    ["/sub@3", "one"],
  ])("serves %s", async (route, text) => {
    expect(await get(route)).toEqual({ status: 200, text });
  });

  it("passes methods and bodies through", async () => {
    const response = await fetch(`${url}/echo`, { method: "PUT", body: "the body" });
    expect(await response.text()).toBe("PUTthe body");
    expect(response.headers.get("x-showrunner-script")).toBe("echo");
  });

  it("answers with the place of a mistake, and the neighbours go on", async () => {
    const { status, text } = await get("/broken");
    expect(status).toBe(502);
    expect(JSON.parse(text)).toMatchObject({
      error: { code: "build_failed", script: "broken", problems: [{ file: "broken.js", line: 1 }] },
    });
    expect(log).toContain("broken.js:1:");
    expect(JSON.parse((await get("/nothing")).text)).toMatchObject({ error: { code: "build_failed" } });
    expect((await get("/files")).text).toMatch(
      /files\.js:1:8 .*Node\.js.*files\.js.*no-such-package.*installed/,
    );
    expect(await get("/hello")).toMatchObject({ status: 200 });
  });

  it("tells why a script does not start", async () => {
    const { status, text } = await get("/thrower");
    expect([status, text]).toEqual([502, expect.stringContaining("at the top")]);
  });

  it("names the routes that there are where none leads", async () => {
    const { status, text } = await get("/nowhere");
    expect([status, text]).toEqual([404, expect.stringContaining("/hello")]);
  });

  it("logs each request, and stack traces in terms of the source", async () => {
    expect((await get("/boom")).status).toBe(500);
    await until(() => /GET \/boom 500 [\d.]+ ms boom script_error/.test(log));
    await until(() => log.includes("boom.ts:2:9"));
  });

  it("reports warm-up and limits", async () => {
    await until(() =>
      /sub serves \/sub after \d+ ms \(3 warm-up requests in \d+ ms, 64 MB, 500 ms CPU, 1500 ms\)/.test(log),
    );
  });

  it("shows what was saved, also in an imported file", async () => {
    await write("hello.js", 'export default { fetch: () => new Response("hello again") };');
    await until(async () => (await get("/hello")).text === "hello again");
    await write("sub/word.ts", 'export const word = "two";');
    await until(async () => (await get("/sub")).text === "two");
  });

  it("shows the error while a file is broken, and what is new when it is mended", async () => {
    await write("typed.ts", "export default {");
    await until(async () => (await get("/typed")).status === 502);
    await write("typed.ts", 'export default { fetch: () => new Response("mended") };');
    await until(async () => (await get("/typed")).text === "mended");
  });

  it("takes in files that come, and lets go of those that go", async () => {
    await write("fresh.js", 'export default { fetch: () => new Response("fresh") };');
    await until(async () => (await get("/fresh")).text === "fresh");
    await rm(path.join(root, "fresh.js"));
    await until(async () => (await get("/fresh")).status === 404);
  });
});
