import type { JSX } from "preact";
import type { ExperimentSummary } from "#app/api/experiment-view.ts";
import { byNeed, experimentLook } from "./experiment-words.ts";
import type { LiveExperiments } from "./live-experiments.ts";
import { LivePage } from "./live-page.tsx";
import { StateMark } from "./state-mark.tsx";

/** All experiments, those that need somebody first. */
export function ExperimentsPage({ live }: { live: LiveExperiments }): JSX.Element {
  return (
    <LivePage live={live} what="the experiments" title={() => "Experiments"}>
      {({ experiments }) => (
        <main class="canary-answer">
          <h1>Experiments</h1>
          {experiments.length === 0 ? (
            <p class="empty">
              There is none. One begins with a file under <code>experiments/</code> in the fleet repository:
              cells with their shares, what is to get better, and what may not get worse.
            </p>
          ) : (
            <List experiments={experiments} />
          )}
        </main>
      )}
    </LivePage>
  );
}

function List({ experiments }: { experiments: readonly ExperimentSummary[] }): JSX.Element {
  return (
    <div class="canary-scroll">
      <table class="canary-table">
        <thead>
          <tr>
            {["Experiment", "Script", "Where it stands", "Owner"].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {experiments.toSorted(byNeed).map((experiment) => (
            <tr key={experiment.name}>
              <th scope="row">
                <a href={`/experiments/${encodeURIComponent(experiment.name)}`}>{experiment.name}</a>
              </th>
              <td>
                {experiment.script}@{experiment.version}
              </td>
              <td>
                <StateMark look={experimentLook(experiment)} />
                <span class="table-why">{experiment.headline}</span>
              </td>
              <td>{experiment.owner}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
