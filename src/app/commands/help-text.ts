/** The answer to /help: what can be said on a pull request, and by whom. */
export function helpText(): string {
  return `| command | does | who |
| --- | --- | --- |
| \`/plan\` | validates and plans again, as of now | the author, and whoever may write here |
| \`/canary\`, \`/canary stop\` | tries it on real traffic (once more), or ends that | whoever may write here |
| \`/hold\`, \`/pause\` | keeps its scripts from moving on; what is exposed stays | whoever may write here |
| \`/resume\` | lets them move on | whoever may write here |
| \`/abort\` | withdraws what is on its way, where it is not stable yet | whoever may write here |
| \`/rollback [to COMMIT]\` | takes it back everywhere, to the revision before or to an earlier one | whoever may write here |
| \`/rollout\` | goes on: resumes, ends a bake now, or tries again what was held back | whoever may write here |
| \`/freeze [SCOPE] [for 2h]\`, \`/unfreeze [SCOPE]\` | nothing changes in \`fleet\`, \`region:R\`, \`group:G\` or a script | the fleet's operators |
| \`/help\` | shows this | the author, and whoever may write here |

A command is the first word of a line; what follows is its reason. With several scripts here, name one first: \`/pause artwork too slow\`.`;
}
