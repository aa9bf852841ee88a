export default {
  testEnvironment: "node",
  transform: {},
  injectGlobals: false,
  extensionsToTreatAsEsm: [".ts", ".tsx"],
  moduleFileExtensions: ["ts", "tsx", "js", "mjs", "cjs", "json", "node"],
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  modulePathIgnorePatterns: ["<rootDir>/fixtures/", "<rootDir>/.showrunner/"],
  // Its runs take minutes and want a machine of their own: `npm run hostile`.
  testPathIgnorePatterns: process.env.HOSTILE ? [] : ["<rootDir>/test/runtime/hostile/"],
  // Patience for slow machines: a test that passes does not wait for it.
  testTimeout: 120000,
  maxWorkers: 2,
  // Of tests in one file that are marked so: end to end, many scripts are operated at once.
  maxConcurrency: 10,
  // Isolates and compiled modules pile up in a worker; a fresh one keeps a small machine out of trouble.
  workerIdleMemoryLimit: "700MB",
};
