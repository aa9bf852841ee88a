import type { Github } from "./github.ts";
import type { Identity } from "./identity.ts";
import type { Account, Installation } from "./records.ts";
import { timestamp } from "./time.ts";

export function accountByLogin(github: Github, login: string): Account | undefined {
  return github.store.accounts.find(0, login.toLowerCase());
}

/** An account that a record names by id. */
export function accountById(github: Github, id: number): Account {
  const found = github.store.accounts.get(id);
  if (found === undefined) throw new Error(`no account ${id}`);
  return found;
}

/** The app's own bot account, `<slug>[bot]`. */
export function botAccount(github: Github): Account {
  const login = `${github.app.slug}[bot]`;
  return accountByLogin(github, login) ?? addAccount(github, { login, name: null, kind: "Bot" });
}

/** In whose name something is done. */
export function actor(github: Github, identity: Identity): Account {
  return identity.kind === "user" ? identity.account : botAccount(github);
}

export function addAccount(
  github: Github,
  fields: Pick<Account, "login" | "name" | "kind"> & Partial<Pick<Account, "admin" | "email">>,
): Account {
  const createdAt = timestamp(github.now());
  return github.store.accounts.add({ admin: false, email: null, ...fields, createdAt });
}

/** Makes the configured users and the bot, and takes over what changed in the configuration. */
export function settleAccounts(
  github: Github,
  users: readonly { login: string; name?: string; email?: string; admin: boolean }[],
): void {
  botAccount(github);
  for (const { login, name = null, email = null, admin } of users) {
    const found = accountByLogin(github, login);
    if (found === undefined) addAccount(github, { login, name, email, admin, kind: "User" });
    else github.store.accounts.put({ ...found, name, email, admin, kind: "User" });
  }
}

/** The app's installation on an owner's account, made when it is first asked for. */
export function installationFor(github: Github, accountId: number): Installation {
  const { installations } = github.store;
  const createdAt = timestamp(github.now());
  return (
    installations.find(0, String(accountId)) ?? installations.add({ accountId, announced: false, createdAt })
  );
}

/** The address in commits that GitHub makes in someone's name. */
export function noreplyAddress(account: Account): string {
  return account.email ?? `${account.id}+${account.login}@users.noreply.github.localhost`;
}

/** Whose commits carry this address, if anyone's. */
export function accountByAddress(github: Github, email: string): Account | undefined {
  const login = /^\d+\+(.+)@users\.noreply\.github\.localhost$/.exec(email)?.[1];
  if (login !== undefined) return accountByLogin(github, login);
  return github.store.accounts.list(0).find((account) => account.email === email);
}
