/** What a person told this tab: the token of the API, and the name that goes into the record. */
export interface Access {
  readonly token: string;
  /** Empty when none was given. */
  readonly name: string;
}

const key = "showrunner-access";

/** Kept as long as the tab; null before somebody told it, or after it was refused. */
export function knownAccess(): Access | null {
  try {
    const access: unknown = JSON.parse(sessionStorage.getItem(key) ?? "null");
    return isAccess(access) ? access : null;
  } catch {
    return null;
  }
}

export function keepAccess(access: Access): void {
  sessionStorage.setItem(key, JSON.stringify(access));
}

export function forgetAccess(): void {
  sessionStorage.removeItem(key);
}

function isAccess(value: unknown): value is Access {
  return (
    typeof value === "object" &&
    value !== null &&
    "token" in value &&
    "name" in value &&
    typeof value.token === "string" &&
    typeof value.name === "string"
  );
}
