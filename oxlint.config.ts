import { defineConfig } from "oxlint";

/**
 * The import table of ARCHITECTURE.md, row by row: what the files of a folder may import besides Node and each other.
 * Everything else is forbidden, and so is leaving the folder by a relative path. Later rows win over earlier ones.
 */
const table: readonly Row[] = [
  { folder: "{packages,services}/*/src", may: [], because: "a package has a row of its own" },
  { folder: "packages/errors/src", may: [], because: "errors import nothing" },
  { folder: "packages/types/src", may: ["zod"], because: "types know zod and nothing else" },
  {
    folder: "packages/store/src",
    may: ["@yubin/types", "@yubin/errors", "mongoose"],
    because: "store turns rows into values and knows no service",
  },
  {
    folder: "packages/people-model/src",
    may: ["@yubin/types", "@yubin/store"],
    because: "the model reads rows and knows no service whose work it checks",
  },
  {
    folder: "packages/queue/src",
    may: ["@yubin/types", "@yubin/errors", "bullmq", "ioredis", "zod"],
    because: "queue is where all of bullmq lives, and only that",
  },
  {
    folder: "packages/line/src",
    may: ["@yubin/errors", "@line/bot-sdk", "undici"],
    because: "line is where all of LINE's SDK lives, and only that",
  },
  {
    folder: "packages/liquid/src",
    may: ["@yubin/types", "@yubin/errors", "liquidjs", "lru-cache"],
    because: "liquid is where all of liquidjs lives, and only that",
  },
  {
    folder: "packages/kit/src",
    may: ["@yubin/errors", "express", "pino", "prom-client", "zod"],
    because: "kit knows errors, express, the logger, metrics and zod",
  },
  {
    folder: "packages/simulator/src",
    may: ["express"],
    because: "the simulator stands in for LINE, so it shares no code with what it checks",
  },
  {
    folder: "packages/client/src",
    may: ["@yubin/types", "bullmq", "ioredis"],
    because: "the client is what other systems install",
  },
  {
    folder: "packages/cli/src",
    may: ["@yubin/types", "@yubin/client", "commander", "uqr"],
    because: "the command line is a campaign system like any other: all it can do, the client can",
  },
  {
    folder: "packages/servers/src",
    may: ["mongodb", "mongodb-memory-server-core", "vitest"],
    because: "servers start programs, also for tests, and know none of ours",
  },
  {
    folder: "services/*/src",
    may: [
      ...["types", "errors", "store", "queue", "line", "liquid", "kit"].map(
        (name) => `@yubin/${name}`,
      ),
      "lru-cache",
      "p-limit",
      "zod",
    ],
    because: "a service is put together from packages, and runs without the stand-ins",
  },
  {
    folder: "services/*/src/domain",
    may: ["@yubin/types", "@yubin/errors", "@yubin/liquid", "zod"],
    because: "domain takes what it needs as arguments",
  },
  {
    folder: "services/*/src/{http,jobs}",
    may: [
      ...["types", "errors", "kit", "queue", "line"].map((name) => `@yubin/${name}`),
      "express",
      "express-rate-limit",
      "uqr",
      "csv-parse",
      "zod",
    ],
    beside: ["domain"],
    because: "main.ts hands an adapter its stores",
  },
  {
    folder: "services/*/src/store",
    may: ["@yubin/types", "@yubin/errors", "@yubin/store", "mongoose", "ioredis", "lru-cache"],
    beside: ["domain"],
    because: "a store turns rows into domain values",
  },
];

interface Row {
  readonly folder: string;
  readonly may: readonly string[];
  /** Folders next to this one that may be imported, too. */
  readonly beside?: readonly string[];
  readonly because: string;
}

/** Nobody runs a process by importing it, and services meet only in `types` and `store`. */
const nobodyImports = [
  "**/main",
  "**/main.*",
  ...["ingress", "identity", "sender", "console"].flatMap((name) => [
    `@yubin/${name}`,
    `@yubin/${name}/**`,
  ]),
];
/** A path that goes down and up again says something else than where it leads. */
const detours = ["./../**", "./**/../**", "**/[!.]*/../**"];

const restricted = (group: readonly string[], message: string) => ({
  "no-restricted-imports": ["error", { patterns: [{ group: [...group], message }] }] as [
    "error",
    { patterns: { group: string[]; message: string }[] },
  ],
});

/** A row for the files right in its folder and for those in folders below, with tests beside each. */
const overridesOf = ({ folder, may, beside = [], because }: Row) =>
  [
    { files: `${folder}/*`, up: "", within: ["!./**"] },
    { files: `${folder}/*/**`, up: "../", within: ["!./**", "!../**", "../../**"] },
  ].flatMap(({ files, up, within }) => {
    const allowed = [...may, "node:*", "node:*/**"].map((name) => `!${name}`);
    const neighbours = beside.map((name) => `!${up}../${name}/**`);
    const row = ["**", ...allowed, ...within, ...neighbours];
    const tests = ["!vitest", `!${up}../test/**`, `!${up}../../test/**`];
    return [
      { files: [files], rules: restricted([...row, ...detours, ...nobodyImports], because) },
      {
        files: [`${files}.test.ts`],
        rules: restricted([...row, ...tests, ...detours, ...nobodyImports], because),
      },
    ];
  });

/** Tests may import what their package.json lists, and their own package by its path. */
const testsStayInside = [
  { files: ["{packages,services}/*/test/*"], leaving: "../../**" },
  { files: ["{packages,services}/*/test/*/**"], leaving: "../../../**" },
].map(({ files, leaving }) => ({
  files,
  rules: restricted([leaving, ...detours, ...nobodyImports], "tests stay in their package"),
}));

export default defineConfig({
  plugins: ["typescript", "import", "unicorn", "promise", "vitest", "oxc", "node"],
  options: { typeAware: true },
  categories: { correctness: "error", suspicious: "error" },
  ignorePatterns: ["node_modules"],
  rules: {
    ...restricted(nobodyImports, "nobody imports a process"),
    // `import("x").Y` as a type is no import to the table.
    "typescript/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
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
    ...table.flatMap(overridesOf),
    ...testsStayInside,
    {
      files: ["test/**", "scripts/**", "packages/servers/src/**"],
      rules: { "no-console": "off", "node/no-process-env": "off" },
    },
    {
      files: [
        "services/*/src/main.ts",
        "packages/{cli,simulator}/src/main.ts",
        "{services,packages}/*/test/**",
      ],
      rules: { "node/no-process-env": "off" },
    },
    { files: ["*.config.ts"], rules: { "node/no-process-env": "off" } },
    { files: ["*.config.ts", "test/**/*.config.ts"], rules: { "import/no-default-export": "off" } },
  ],
});
