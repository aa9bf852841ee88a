import fastify, { type FastifyInstance } from "fastify";
import type { Page } from "playwright-core";
import { dashboardPlugin } from "#app/dashboard/dashboard-plugin.ts";
import { complaintsOf, launchChromium } from "../../chromium.ts";

/** The dashboard's pages in Chromium. */
export interface ShownPages {
  readonly page: Page;
  readonly url: string;
  /** What the pages' own code complained of so far. */
  readonly complaints: readonly string[];
  /** Opens a path, waits for its heading, and keeps a picture of it. */
  open(path: string): Promise<void>;
  /** Keeps a picture of the page where TEST_SCREENSHOTS names a folder. */
  shot(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Shows pages over an API that has these answers by their paths, and says 404 to everything else that is asked. */
export async function showPages(
  answers: ReadonlyMap<string, object>,
  addOrders: (server: FastifyInstance) => void = () => {},
): Promise<ShownPages> {
  const server = fastify();
  await server.register(dashboardPlugin({ version: "0.0.0-test" }));
  server.get(
    "/api/*",
    (request, reply) =>
      answers.get(decodeURIComponent(request.url)) ??
      reply.code(404).send({ error: { code: "unknown", message: "none" } }),
  );
  addOrders(server);
  const url = await server.listen({ port: 0, host: "127.0.0.1" });
  const browser = await launchChromium();
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const shot = async (name: string): Promise<void> => {
    const folder = process.env["TEST_SCREENSHOTS"];
    const path = `${folder}/${name}-${page.viewportSize()?.width}.png`;
    if (folder !== undefined) await page.screenshot({ path, fullPage: true });
  };
  return {
    page,
    url,
    complaints: complaintsOf(page),
    shot,
    async open(path) {
      await page.goto(`${url}${path}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await shot(path.slice(1).replaceAll("/", "-"));
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
