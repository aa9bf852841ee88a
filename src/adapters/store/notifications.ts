/** What replicas tell each other through the database. Payloads are short: ids, never content. */
export type Channel = "showrunner_wake" | "showrunner_change";

export const channels: readonly Channel[] = ["showrunner_wake", "showrunner_change"];

/** The payload; null when some may have been missed (a lost connection came back), so look for yourself. */
export type NotificationListener = (payload: string | null) => void;

/** PostgreSQL's NOTIFY as it arrives at this process, its own notifications included. */
export interface Notifications {
  /** Returns the call that ends the subscription. */
  subscribe(channel: Channel, listener: NotificationListener): () => void;
  close(): Promise<void>;
}

/** The listeners of this process by channel. */
export class NotificationHub {
  readonly #listeners = new Map<Channel, Set<NotificationListener>>(
    channels.map((channel) => [channel, new Set()]),
  );

  subscribe(channel: Channel, listener: NotificationListener): () => void {
    this.#listeners.get(channel)?.add(listener);
    return () => this.#listeners.get(channel)?.delete(listener);
  }

  emit(channel: Channel, payload: string | null): void {
    for (const listener of this.#listeners.get(channel) ?? []) listener(payload);
  }
}
