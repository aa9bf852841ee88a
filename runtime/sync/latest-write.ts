/** Writes one thing at a time, and of what came meanwhile only the latest. */
export class LatestWrite<T> {
  readonly #write: (value: T) => Promise<void>;
  #next: { readonly value: T } | null = null;
  #running: Promise<void> | null = null;

  /** `write` deals with its own failures. */
  constructor(write: (value: T) => Promise<void>) {
    this.#write = write;
  }

  write(value: T): void {
    this.#next = { value };
    this.#running ??= this.#run();
  }

  /** Settles when everything is written. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#next !== null) {
      const { value } = this.#next;
      this.#next = null;
      await this.#write(value);
    }
    this.#running = null;
  }
}
