import { isNativeError } from "node:util/types";

/** The message of whatever was thrown. */
export function errorMessage(error: unknown): string {
  return isNativeError(error) ? error.message : String(error);
}

/** The system's code of a failure, such as ECONNREFUSED, also when it is the cause of another; null without one. */
export function errorCode(error: unknown): string | null {
  if (!isNativeError(error)) return null;
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause === undefined ? null : errorCode(error.cause);
}
