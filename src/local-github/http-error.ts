/** An entry of the `errors` list of GitHub's 422 answers. */
export type FieldError = { resource: string; field: string; code: string; message?: string };

/**
 * An answer other than 2xx, thrown by a handler and turned into GitHub's `{ message, documentation_url }`
 * by the one place that answers requests. Thrown, not returned: every handler would only pass it on.
 */
export class HttpError extends Error {
  readonly status: number;
  readonly errors: readonly (FieldError | string)[];

  constructor(status: number, message: string, errors: readonly (FieldError | string)[] = []) {
    super(message);
    this.name = "HttpError";
    this.status = status;
    this.errors = errors;
  }
}

/** 404. GitHub also answers it where a caller may not know that the thing exists. */
export function notFound(): HttpError {
  return new HttpError(404, "Not Found");
}

/** 422 about one field of the request. */
export function invalid(resource: string, field: string, message: string): HttpError {
  return new HttpError(422, "Validation Failed", [{ resource, field, code: "custom", message }]);
}
