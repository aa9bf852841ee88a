import { parseDocument } from "yaml";
import type { Experiment } from "#schemas/types.ts";

/** What Showrunner keeps of an experiment in its file. */
export type ExperimentMark =
  | { readonly kind: "running"; readonly running: NonNullable<Experiment["running"]> }
  | { readonly kind: "ended"; readonly ended: NonNullable<Experiment["ended"]> };

/** An experiment's file once it begins, goes on with other revisions, or ends; what people wrote in it stays, comments too. */
export function withExperimentMark(text: string, mark: ExperimentMark): string {
  const document = parseDocument(text, { version: "1.2" });
  document.delete("running");
  if (mark.kind === "running") document.set("running", document.createNode(mark.running));
  else document.set("ended", document.createNode(mark.ended));
  return document.toString({ lineWidth: 0 });
}
