import { mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Collection } from "./collection.ts";
import type * as records from "./records.ts";

export type Store = ReturnType<typeof openStore>;

/** Opens the state kept in `<home>/github.sqlite`: everything that git itself does not keep. */
export function openStore(home: string) {
  mkdirSync(home, { recursive: true });
  const database = new DatabaseSync(path.join(home, "github.sqlite"));
  Collection.prepare(database);
  const kind = <T extends { id: number }>(name: string, key: (record: Omit<T, "id">) => string | number) =>
    new Collection<T>(database, name, (record) => ({
      repositoryId: repositoryOf(record),
      key: String(key(record)),
    }));
  return {
    accounts: kind<records.Account>("account", (it) => it.login.toLowerCase()),
    installations: kind<records.Installation>("installation", (it) => it.accountId),
    installationTokens: kind<records.InstallationToken>("installationToken", (it) => it.digest),
    repositories: kind<records.Repository>("repository", (it) => repositoryKey(it.owner, it.name)),
    issues: kind<records.Issue>("issue", (it) => it.number),
    labels: kind<records.Label>("label", (it) => it.name.toLowerCase()),
    comments: kind<records.Comment>("comment", (it) => it.issueNumber),
    reactions: kind<records.Reaction>("reaction", (it) => it.commentId),
    reviews: kind<records.Review>("review", (it) => it.issueNumber),
    checkSuites: kind<records.CheckSuite>("checkSuite", (it) => it.headSha),
    checkRuns: kind<records.CheckRun>("checkRun", (it) => it.headSha),
    statuses: kind<records.CommitStatus>("status", (it) => it.sha),
    deployments: kind<records.Deployment>("deployment", (it) => it.environment),
    deploymentStatuses: kind<records.DeploymentStatus>("deploymentStatus", (it) => it.deploymentId),
    signedCommits: kind<records.SignedCommit>("signedCommit", (it) => it.sha),
    deliveries: kind<records.Delivery>("delivery", (it) => it.guid),
    deliveryPayloads: kind<records.DeliveryPayload>("deliveryPayload", (it) => it.guid),
    /** Runs `work` (synchronous) as one transaction. */
    transaction<T>(work: () => T): T {
      database.exec("BEGIN");
      try {
        const result = work();
        database.exec("COMMIT");
        return result;
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
    /** Forgets all that belongs to a repository, and the repository. */
    deleteRepository(id: number): void {
      database.prepare("DELETE FROM records WHERE repository = ? AND kind <> 'delivery'").run(id);
      database.prepare("DELETE FROM records WHERE id = ? AND kind = 'repository'").run(id);
    },
    close: () => database.close(),
  };
}

/** How a repository is looked up; GitHub's names do not tell upper from lower case. */
export function repositoryKey(owner: string, name: string): string {
  return `${owner}/${name}`.toLowerCase();
}

// Deliveries name a repository, but are listed for the app as a whole.
function repositoryOf(record: object): number {
  if ("guid" in record || !("repositoryId" in record)) return 0;
  return Number(record.repositoryId);
}
