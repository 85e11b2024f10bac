/** Packages that ship ES modules only; jest runs CommonJS, so swc turns them round. */
const esModulesOnly = [
  "jose",
  "oidc-provider",
  "koa",
  "koa-compose",
  "@koa",
  "nanoid",
  "quick-lru",
  "eta",
  "jsesc",
  "raw-body",
  "cookie",
  "@bufbuild",
];

/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>"],
  testMatch: ["**/*.test.ts"],
  modulePathIgnorePatterns: ["<rootDir>/cdktf.out", "<rootDir>/.keyless", "<rootDir>/.cache"],
  transform: {
    "^.+\\.(t|j|mj)s$": [
      "@swc/jest",
      {
        jsc: { target: "es2022", parser: { syntax: "typescript" } },
        module: { type: "commonjs" },
        sourceMaps: "inline",
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esModulesOnly.join("|")})/)`],
  moduleFileExtensions: ["ts", "js", "mjs", "cjs", "json"],
  testTimeout: 30_000,
  // jest leaves one processor idle, of which there are two in CI.
  maxWorkers: "100%",
  // Contexts of finished files are not all given back.
  workerIdleMemoryLimit: "1500MB",
  reporters: ["default", "<rootDir>/test/closing-line-reporter.cjs"],
};
