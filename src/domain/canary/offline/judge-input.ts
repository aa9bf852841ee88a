import { readCanaryConfig, type CanaryConfig } from "../kayenta/canary-config.ts";
import { fieldsOf, numberOf } from "../kayenta/loose-json.ts";

/** A metric's values on both sides; missing ones are NaN. */
export interface MetricPair {
  readonly name: string;
  readonly control: readonly number[];
  readonly experiment: readonly number[];
}

/** One canary to be judged offline. */
export interface JudgeInput {
  readonly config: CanaryConfig;
  /** Scores from which on the canary passes, or is marginal. */
  readonly thresholds: { readonly pass: number; readonly marginal: number };
  readonly pairs: readonly MetricPair[];
  /** Settings of the judge itself, not of a config. */
  readonly tolerance: number;
  readonly confLevel: number;
}

/** What is wrong and where: keys and places from the document down, such as metricSetPairs, 2, control. */
export interface InputProblem {
  readonly path: InputPath;
  readonly message: string;
  readonly fix: string;
}

type InputPath = readonly (string | number)[];

export type ReadInput =
  | { readonly ok: true; readonly input: JudgeInput }
  | { readonly ok: false; readonly problems: readonly InputProblem[] };

/** Kayenta's own defaults for the judge, and the thresholds of its examples. */
const TOLERANCE = 0.25;
const CONF_LEVEL = 0.98;
const THRESHOLDS = { pass: 95, marginal: 75 };

/** Reads one document of the offline format. Takes all that can be understood, and names what cannot. */
export function readJudgeInput(value: unknown): ReadInput {
  const { canaryConfig, thresholds, metricSetPairs, options } = fieldsOf(value);
  const problems: InputProblem[] = [];
  if (Object.keys(fieldsOf(canaryConfig)).length === 0) {
    problems.push(problem(["canaryConfig"], "It is missing.", "Put the Kayenta canary config there."));
  }
  if (!Array.isArray(metricSetPairs)) {
    problems.push(
      problem(
        ["metricSetPairs"],
        "It is not a list.",
        'Write [{ "name", "control": [..], "experiment": [..] }].',
      ),
    );
  }
  const config = readCanaryConfig(canaryConfig);
  const list: readonly unknown[] = Array.isArray(metricSetPairs) ? metricSetPairs : [];
  const pairs = list.map((pair, at) => readPair(pair, ["metricSetPairs", at], config, problems));
  const { tolerance, confLevel } = fieldsOf(options);
  const confidence = numberOf(confLevel) ?? CONF_LEVEL;
  if (!(confidence > 0 && confidence < 1)) {
    problems.push(problem(["options", "confLevel"], "It is not between 0 and 1.", "Write 0.98 for 98%."));
  }
  if (problems.length > 0) return { ok: false, problems };
  const given = fieldsOf(thresholds);
  const input: JudgeInput = {
    config,
    thresholds: {
      pass: numberOf(given["pass"]) ?? config.scoreThresholds.pass ?? THRESHOLDS.pass,
      marginal: numberOf(given["marginal"]) ?? config.scoreThresholds.marginal ?? THRESHOLDS.marginal,
    },
    pairs,
    tolerance: numberOf(tolerance) ?? TOLERANCE,
    confLevel: confidence,
  };
  return { ok: true, input };
}

function readPair(
  value: unknown,
  path: InputPath,
  config: CanaryConfig,
  problems: InputProblem[],
): MetricPair {
  const fields = fieldsOf(value);
  const name = typeof fields["name"] === "string" ? fields["name"] : "";
  if (!config.metrics.some((metric) => metric.name === name)) {
    const names = config.metrics.map((metric) => metric.name).join(", ");
    problems.push(
      problem(
        [...path, "name"],
        `No metric of canaryConfig is named "${name}".`,
        `It has: ${names || "none"}.`,
      ),
    );
  }
  // Kayenta's own MetricSetPair has them one level deeper.
  const { control, experiment } = { ...fieldsOf(fields["values"]), ...fields };
  return {
    name,
    control: readValues(control, [...path, "control"], problems),
    experiment: readValues(experiment, [...path, "experiment"], problems),
  };
}

function readValues(value: unknown, path: InputPath, problems: InputProblem[]): number[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    problems.push(problem(path, "It is not a list of numbers.", 'Write [1, 2.5, "NaN"].'));
    return [];
  }
  const list: readonly unknown[] = value;
  return list.map((item, at) => {
    if (item === null || item === "NaN") return NaN;
    const number = numberOf(item);
    if (number === null) {
      problems.push(
        problem(
          [...path, at],
          `${JSON.stringify(item)} is not a number.`,
          'Write "NaN" where there is none.',
        ),
      );
    }
    return number ?? NaN;
  });
}

function problem(path: InputPath, message: string, fix: string): InputProblem {
  return { path, message, fix };
}
