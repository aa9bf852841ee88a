import type { JSX } from "preact";

const sample = `kind: Script
name: hello
version: "1"
owner: my-team
entry: src/index.ts
route: /hello
`;

/** What to do when there is nothing to show yet. */
export function FirstScriptLesson(): JSX.Element {
  return (
    <div class="lesson">
      <h3>No script is released yet</h3>
      <p>Three steps bring the first one to every region:</p>
      <ol>
        <li>
          Put a <code>showrunner.yaml</code> beside your code, in a repository that the app is installed on:
          <pre>{sample}</pre>
        </li>
        <li>Open a pull request. Its check says what is wrong, and what a merge will do and by when.</li>
        <li>Merge it. The rollout appears on this page, and then the script with the revision it serves.</li>
      </ol>
    </div>
  );
}
