// A script of the usual size: a router, checked input, and cookies, some 50 KB with its libraries.
import { parseCookie } from "cookie";
import { Router } from "itty-router";
import * as v from "valibot";

const LANGUAGES = ["en", "de", "fr", "ja"] as const;

const Query = v.object({
  id: v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number), v.integer(), v.minValue(1)),
  lang: v.optional(v.picklist(LANGUAGES), "en"),
  mail: v.optional(v.pipe(v.string(), v.email(), v.maxLength(200))),
  since: v.optional(v.union([v.pipe(v.string(), v.isoDate()), v.pipe(v.string(), v.isoTimestamp())])),
  page: v.optional(v.pipe(v.string(), v.digits(), v.toNumber()), "1"),
});

const Title = v.strictObject({
  id: v.number(),
  name: v.record(v.picklist(LANGUAGES), v.pipe(v.string(), v.trim(), v.nonEmpty())),
  tags: v.pipe(v.array(v.string()), v.maxLength(20)),
  art: v.variant("kind", [
    v.object({ kind: v.literal("poster"), url: v.pipe(v.string(), v.url()), width: v.number() }),
    v.object({ kind: v.literal("colour"), hex: v.pipe(v.string(), v.hexColor()) }),
  ]),
  rating: v.nullable(v.tuple([v.number(), v.number()])),
});

const TITLES = Array.from({ length: 40 }, (_, index) => ({
  id: index + 1,
  name: Object.fromEntries(LANGUAGES.map((language) => [language, `Title ${index + 1} (${language})`])),
  tags: ["drama", "new", `shelf-${index % 7}`],
  art:
    index % 3 === 0
      ? { kind: "colour", hex: "#336699" }
      : { kind: "poster", url: `https://img.example/${index + 1}.jpg`, width: 640 },
  rating: index % 2 === 0 ? null : [index, 5],
}));

const router = Router();

router.get("/catalog/:shelf", (request: Request) => {
  const query = v.safeParse(Query, Object.fromEntries(new URL(request.url).searchParams));
  if (!query.success) return new Response(JSON.stringify(v.flatten(query.issues)), { status: 400 });
  const cookies = parseCookie(request.headers.get("cookie") ?? "seen=1; group=b");
  const titles = TITLES.map((title) => v.parse(Title, title)).filter(({ id }) => id !== query.output.id);
  const body = { language: query.output.lang, cookies, count: titles.length, titles };
  return new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
});

export default { fetch: async (request: Request) => router.fetch(request) };
