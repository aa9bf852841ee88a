import path from "node:path";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";

// The node names a script's code after the script and its version.
const FRAME = /([a-z0-9-]{1,63}@[A-Za-z0-9._-]{1,64})\.js:(\d{1,7}):(\d{1,7})/g;

/** Turns places in bundles into places in the files that people wrote. */
export class SourceMaps {
  readonly #maps = new Map<
    string,
    { readonly json: string; readonly folder: string; map: TraceMap | null }
  >();

  /** `unit` is `name@version`, `folder` what the map's paths are relative to. Read only when it is needed. */
  set(unit: string, json: string, folder: string): void {
    this.#maps.set(unit, { json, folder, map: null });
  }

  delete(unit: string): void {
    this.#maps.delete(unit);
  }

  /** The text with every place that a map knows put right. */
  translate(text: string): string {
    return text.replaceAll(FRAME, (place, unit: string, line: string, column: string) => {
      const kept = this.#maps.get(unit);
      if (kept === undefined) return place;
      kept.map ??= new TraceMap(kept.json);
      // Stack traces count columns from 1, source maps from 0.
      const found = originalPositionFor(kept.map, { line: Number(line), column: Number(column) - 1 });
      if (found.source === null) return place;
      return `${path.join(kept.folder, found.source)}:${found.line}:${found.column + 1}`;
    });
  }
}
