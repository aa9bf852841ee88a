// Has no handler.
// Expected: stopped.
export default {};
