const CHARACTERS_MAX = 32 * 1024 * 1024;
const TEXT_CHARACTERS_MAX = 2 * 1024 * 1024;

/** Texts by blob id, which names the content whatever the repository; the oldest go when there are too many. */
export class TextMemory {
  readonly #texts = new Map<string, string>();
  #characters = 0;

  get(blob: string): string | undefined {
    return this.#texts.get(blob);
  }

  keep(blob: string, text: string): void {
    if (text.length > TEXT_CHARACTERS_MAX || this.#texts.has(blob)) return;
    this.#texts.set(blob, text);
    this.#characters += text.length;
    for (const [oldest, { length }] of this.#texts) {
      if (this.#characters <= CHARACTERS_MAX) break;
      this.#texts.delete(oldest);
      this.#characters -= length;
    }
  }
}
