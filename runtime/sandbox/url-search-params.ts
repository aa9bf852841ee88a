export type SearchParamsInit =
  string | URLSearchParams | Iterable<readonly [unknown, unknown]> | Readonly<Record<string, unknown>>;

/** The web's URLSearchParams. `onChange` lets a URL follow its own parameters. */
export class URLSearchParams {
  #pairs: [string, string][] = [];
  readonly #onChange: (query: string) => void;

  constructor(init: SearchParamsInit = "", onChange: (query: string) => void = () => {}) {
    this.#onChange = onChange;
    if (typeof init === "string") this.#pairs = parseQuery(init);
    else if (Symbol.iterator in init)
      this.#pairs = [...init].map(([name, value]) => [String(name), String(value)]);
    else this.#pairs = Object.entries(init).map(([name, value]) => [name, String(value)]);
  }

  get size(): number {
    return this.#pairs.length;
  }

  append(name: unknown, value: unknown): void {
    this.#pairs.push([String(name), String(value)]);
    this.#changed();
  }

  delete(name: string, value?: string): void {
    this.#pairs = this.#pairs.filter(
      (pair) => pair[0] !== name || (value !== undefined && pair[1] !== value),
    );
    this.#changed();
  }

  get(name: string): string | null {
    return this.#pairs.find((pair) => pair[0] === name)?.[1] ?? null;
  }

  getAll(name: string): string[] {
    return this.#pairs.filter((pair) => pair[0] === name).map((pair) => pair[1]);
  }

  has(name: string, value?: string): boolean {
    return this.#pairs.some((pair) => pair[0] === name && (value === undefined || pair[1] === value));
  }

  set(givenName: unknown, value: unknown): void {
    const name = String(givenName);
    const first = this.#pairs.findIndex((pair) => pair[0] === name);
    if (first === -1) this.#pairs.push([name, String(value)]);
    else {
      this.#pairs[first] = [name, String(value)];
      this.#pairs = this.#pairs.filter((pair, index) => index <= first || pair[0] !== name);
    }
    this.#changed();
  }

  sort(): void {
    this.#pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#changed();
  }

  forEach(visit: (value: string, name: string, params: URLSearchParams) => void): void {
    for (const [name, value] of this.#pairs) visit(value, name, this);
  }

  *entries(): IterableIterator<[string, string]> {
    for (const [name, value] of this.#pairs) yield [name, value];
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.#pairs) yield name;
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.#pairs) yield value;
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  toString(): string {
    return this.#pairs.map(([name, value]) => `${encodeForm(name)}=${encodeForm(value)}`).join("&");
  }

  get [Symbol.toStringTag](): string {
    return "URLSearchParams";
  }

  /** Takes the pairs of a new query without telling the URL, which brought it. */
  static replacePairs(params: URLSearchParams, query: string): void {
    params.#pairs = parseQuery(query);
  }

  #changed(): void {
    this.#onChange(this.toString());
  }
}

function parseQuery(query: string): [string, string][] {
  const text = query.startsWith("?") ? query.slice(1) : query;
  if (text === "") return [];
  return text
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=");
      return equals === -1
        ? [decodeForm(part), ""]
        : [decodeForm(part.slice(0, equals)), decodeForm(part.slice(equals + 1))];
    });
}

function decodeForm(text: string): string {
  const spaced = text.replaceAll("+", " ");
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    // Ill-formed escapes stay as they are; runs that do decode are taken one by one.
    return spaced.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
      try {
        return decodeURIComponent(run);
      } catch {
        return run;
      }
    });
  }
}

function encodeForm(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll("%20", "+")
    .replaceAll(/[!'()~]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}
