// Errors that cause each other.
// Expected: stopped.
export default {
  fetch() {
    const error = new AggregateError([], "x");
    error.errors.push(error);
    error.cause = error;
    throw error;
  },
};
