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
  from: v.optional(
    v.union([v.pipe(v.string(), v.ip()), v.pipe(v.string(), v.uuid()), v.pipe(v.string(), v.ulid())]),
  ),
  card: v.optional(v.pipe(v.string(), v.creditCard(), v.normalize())),
  sizes: v.optional(
    v.pipe(
      v.string(),
      v.transform((text) => text.split(",")),
      v.array(v.string()),
      v.minLength(1),
    ),
  ),
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
  released: v.fallback(v.pipe(v.string(), v.isoDate()), "1970-01-01"),
  seasons: v.optional(v.map(v.number(), v.set(v.string()))),
  rights: v.optional(v.intersect([v.object({ from: v.date() }), v.looseObject({ to: v.date() })])),
  size: v.optional(v.pipe(v.bigint(), v.gtValue(0n), v.multipleOf(2n))),
  kind: v.optional(v.enum({ Film: "film", Series: "series" }), "film"),
  parent: v.optional(v.lazy(() => v.nullish(v.number()))),
  rating: v.nullable(v.tuple([v.number(), v.number()])),
});

// Made when the script is loaded, as tables are.
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
  const title = v.parse(
    Title,
    TITLES.find(({ id }) => id === query.output.id),
  );
  const body = { language: query.output.lang, page: query.output.page, cookies, title };
  return new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
});

export default { fetch: async (request: Request) => router.fetch(request) };
