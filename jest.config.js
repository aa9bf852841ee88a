export default {
  testEnvironment: "node",
  transform: {},
  injectGlobals: false,
  extensionsToTreatAsEsm: [".ts", ".tsx"],
  moduleFileExtensions: ["ts", "tsx", "js", "mjs", "cjs", "json", "node"],
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  modulePathIgnorePatterns: ["<rootDir>/fixtures/", "<rootDir>/.showrunner/"],
  testTimeout: 30000,
  maxWorkers: 2,
};
