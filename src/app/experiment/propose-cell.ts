import { isMap, parseDocument } from "yaml";
import type { ScriptRecord } from "#adapters/store/scripts.ts";
import { differences } from "#app/reconciler/propose-revert.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import { promotionText } from "#app/presentation/experiment-words.ts";
import type { ExperimentState } from "#domain/experiment/experiment-state.ts";
import type { GitMirror, ProposedFile } from "#domain/ports.ts";
import type { Experiment } from "#schemas/types.ts";

const manifestBytesMax = 256 * 1024;
/** More changed files than this are a person's matter. */
const filesMax = 2_000;

type Cell = Experiment["cells"][number];

/**
 * Brings the promoted cell to the script's branch: one pull request, whose rollout is then like any other. The number;
 * null where there is nothing to bring, such as for a control cell without values.
 */
export async function proposeCell(
  context: ReconcilerContext,
  script: ScriptRecord,
  experiment: Experiment,
  state: ExperimentState,
): Promise<number | null> {
  const { ended } = experiment;
  const cell = experiment.cells.find(({ name }) => name === ended?.cell);
  const repository = await context.records.findRepository(script.repositoryId);
  if (!ended || !cell || !repository) return null;
  const mirror = context.mirrorOf(repository);
  await mirror.sync();
  const head = await mirror.resolve(`refs/heads/${repository.defaultBranch}`);
  if (head === null) return null;
  const files = await filesOf(mirror, head, script.path, cell);
  if (files.length === 0 || files.length > filesMax) return null;
  const { title, body } = promotionText(experiment, cell, state);
  return context.host.proposeChange(repository, {
    // Another promotion of the same cell, later, is another pull request.
    branch: `showrunner/experiment-${experiment.name}-${cell.name}-${Date.parse(ended.at).toString(36)}`,
    base: repository.defaultBranch,
    baseCommit: head,
    files,
    title,
    body,
    commitBody: `The cell ${cell.name} of the experiment ${experiment.name} was promoted by ${ended.by}.`,
  });
}

async function filesOf(
  mirror: GitMirror,
  head: string,
  folder: string,
  { commit, values = {} }: Cell,
): Promise<ProposedFile[]> {
  const code = commit === undefined ? [] : await differences(mirror, head, commit, folder);
  if (Object.keys(values).length === 0) return code;
  const at = commit ?? head;
  const inFolder = (name: string) => (folder === "." ? name : `${folder}/${name}`);
  const names = ["showrunner.yaml", "showrunner.yml"].map(inFolder);
  const texts = await mirror.read(at, names, manifestBytesMax);
  const path = names.find((name) => texts.has(name));
  const text = path === undefined ? undefined : texts.get(path);
  if (path === undefined || text === undefined) return code;
  const content = withValues(text, values);
  const others = code.filter((file) => file.path !== path);
  return content === text && commit === undefined ? others : [...others, { path, mode: "100644", content }];
}

/** The manifest with these values beside those it has; what people wrote in it stays, comments too. */
export function withValues(text: string, values: NonNullable<Cell["values"]>): string {
  const document = parseDocument(text, { version: "1.2" });
  if (!isMap(document.get("values", true))) document.set("values", document.createNode({}));
  for (const [name, value] of Object.entries(values)) document.setIn(["values", name], value);
  return document.toString({ lineWidth: 0 });
}
