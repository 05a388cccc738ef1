import type { z } from "zod";

/** The environment as Node gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The settings are missing or wrong. Its message names every variable at fault, and no value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads the settings once, at the start. The schema is an object whose keys are the names of variables; end it with
 * `.transform()` to give the settings the names that the code uses. An empty variable counts as an absent one.
 */
export const loadConfig = <Schema extends z.ZodType>(
  schema: Schema,
  env: Environment,
): Readonly<z.output<Schema>> => {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = schema.safeParse(given);
  if (parsed.success) return frozen(parsed.data);

  const problems = parsed.error.issues.map((issue) => {
    const variable = String(issue.path[0] ?? "environment");
    return given[variable] === undefined && issue.path.length === 1
      ? `${variable} is missing`
      : `${variable} ${issue.message}`;
  });
  throw new ConfigError(
    ["The settings cannot be used:", ...new Set(problems.map((problem) => `  ${problem}`))].join(
      "\n",
    ),
  );
};

/** Runs `load`; prints why and ends the process where the settings are wrong. For the first line of a `main.ts`. */
export const configOrExit = <Config>(load: () => Config): Config => {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
};

/** All the way down, except for bytes: those cannot be frozen. */
const frozen = <Value>(value: Value): Value => {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
};
