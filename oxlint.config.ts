import { defineConfig } from "oxlint";

/**
 * The import table of ARCHITECTURE.md, row by row: what the files of a folder may not import, and why.
 * A folder that is absent here may import whatever its package.json lists.
 */
const vendors = ["bullmq", "ioredis", "mongoose", "@line/bot-sdk", "express", "undici"];
const ours = (...except: string[]): string[] =>
  ["client", "errors", "kit", "line", "liquid", "queue", "servers", "simulator", "store", "types"]
    .filter((name) => !except.includes(name))
    .map((name) => `@yubin/${name}`);
const others = (...except: string[]): string[] => vendors.filter((name) => !except.includes(name));

const layers = [
  {
    files: "packages/errors/src/**",
    mayNot: [...vendors, ...ours()],
    because: "errors import nothing",
  },
  {
    files: "packages/types/src/**",
    mayNot: [...vendors, ...ours()],
    because: "types know zod and nothing else",
  },
  {
    files: "packages/kit/src/**",
    mayNot: [...others("express"), ...ours("errors")],
    because: "kit knows errors, express and the logger",
  },
  {
    files: "packages/queue/src/**",
    mayNot: [...others("bullmq", "ioredis"), ...ours("types", "errors")],
    because: "queue is where all of bullmq lives, and only that",
  },
  {
    files: "packages/line/src/**",
    mayNot: [...others("@line/bot-sdk", "undici"), ...ours("errors")],
    because: "line is where all of LINE's SDK lives, and only that",
  },
  {
    files: "packages/liquid/src/**",
    mayNot: [...vendors, ...ours("types", "errors")],
    because: "liquid is where all of liquidjs lives, and only that",
  },
  {
    files: "packages/store/src/**",
    mayNot: [...others("mongoose"), ...ours("types", "errors")],
    because: "store turns rows into values and knows no service",
  },
  {
    files: "packages/simulator/src/**",
    mayNot: [...others("express"), ...ours("types", "errors")],
    because: "the simulator stands in for LINE, so it shares no code with what it checks",
  },
  {
    files: "packages/client/src/**",
    mayNot: [...others("bullmq", "ioredis"), ...ours("types")],
    because: "the client is what other systems install",
  },
  {
    files: "packages/servers/src/**",
    mayNot: [...vendors, ...ours()],
    because: "servers start programs and know none of ours",
  },
  {
    files: "services/*/src/domain/**",
    mayNot: [
      ...vendors,
      ...ours("types", "errors", "liquid"),
      "**/store/**",
      "**/jobs/**",
      "**/http/**",
      "**/config.ts",
    ],
    because: "domain takes what it needs as arguments",
  },
  {
    files: "services/*/src/{jobs,http}/**",
    mayNot: [
      ...others("express"),
      "@yubin/store",
      "@yubin/servers",
      "@yubin/simulator",
      "@yubin/client",
      "**/store/**",
      "**/config.ts",
    ],
    because: "main.ts hands an adapter its stores",
  },
  {
    files: "services/*/src/store/**",
    mayNot: [
      ...others("mongoose", "ioredis"),
      "@yubin/kit",
      "@yubin/line",
      "@yubin/queue",
      "@yubin/servers",
      "@yubin/simulator",
      "@yubin/client",
      "**/jobs/**",
      "**/http/**",
      "**/config.ts",
    ],
    because: "a store turns rows into domain values",
  },
  {
    files: "services/*/src/*.ts",
    mayNot: ["@yubin/servers", "@yubin/simulator", "@yubin/client"],
    because: "a service runs without the stand-ins",
  },
];
const services = ["ingress", "identity", "sender", "console"].map((name) => `@yubin/${name}`);

export default defineConfig({
  plugins: ["typescript", "import", "unicorn", "promise", "vitest", "oxc", "node"],
  options: { typeAware: true },
  categories: { correctness: "error", suspicious: "error" },
  ignorePatterns: ["node_modules", "**/*.mjs"],
  rules: {
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "typescript/no-explicit-any": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/switch-exhaustiveness-check": [
      "error",
      { considerDefaultExhaustiveForUnions: true },
    ],
    // Rows and parsed JSON enter the type system through an assertion next to their check.
    "typescript/no-unsafe-type-assertion": "off",
    "no-console": "error",
    "no-underscore-dangle": ["error", { allow: ["_id"] }],
    "no-restricted-globals": "off",
    "node/no-process-env": "error",
    "unicorn/no-array-sort": "off",
    "unicorn/no-array-reverse": "off",
    "no-await-in-loop": "off",
    "vitest/require-mock-type-parameters": "off",
    "vitest/valid-expect": ["error", { maxArgs: 2 }], // the second says what was looked at
    // Assertions that have a name.
    "vitest/expect-expect": ["error", { assertFunctionNames: ["expect*", "untilApplied"] }],
    "vitest/no-standalone-expect": ["error", { additionalTestBlockFunctions: ["afterEach"] }],
    // A small function stands where it is read.
    "unicorn/consistent-function-scoping": "off",
    // Ports are records of closures: nothing of ours reads `this`.
    "typescript/unbound-method": "off",
  },
  overrides: [
    ...layers.map(({ files, mayNot, because }) => ({
      files: [files],
      rules: {
        "no-restricted-imports": [
          "error",
          { patterns: [{ group: [...mayNot, ...services], message: because }] },
        ] as ["error", { patterns: { group: string[]; message: string }[] }],
      },
    })),
    {
      files: ["test/**", "scripts/**", "packages/servers/src/**"],
      rules: { "no-console": "off", "node/no-process-env": "off" },
    },
    {
      files: [
        "services/*/src/main.ts",
        "packages/simulator/src/main.ts",
        "{services,packages}/*/test/**",
      ],
      rules: { "node/no-process-env": "off" },
    },
    { files: ["*.config.ts"], rules: { "node/no-process-env": "off" } },
    { files: ["*.config.ts", "test/**/*.config.ts"], rules: { "import/no-default-export": "off" } },
  ],
});
