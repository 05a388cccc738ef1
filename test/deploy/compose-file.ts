import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { parse } from "yaml";

/** One service of docker-compose.yml, as far as the tests look at it. */
export interface ComposeService {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly networks: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
  readonly restart: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly mem_limit: string;
  readonly stop_grace_period: string;
  readonly volumes?: readonly string[];
  readonly user?: string;
}

const root = join(import.meta.dirname, "../..");

export const readRootFile = (path: string): Promise<string> => readFile(join(root, path), "utf8");

/** The services as Compose sees them with these variables in `.env`. */
export const readCompose = async (
  env: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, ComposeService>>> => {
  const filled = (_: unknown, value: unknown): unknown =>
    typeof value === "string" ? fill(value, env) : value;
  const { services } = parse(await readRootFile("docker-compose.yml"), filled, { merge: true }) as {
    services: Record<string, ComposeService>;
  };
  return services;
};

const variable = /\$\{(\w+)(?::([-?])([^}]*))?\}/g;

/** `${NAME}`, `${NAME:-standard}` and `${NAME:?what to do}`: all that the file may use. */
const fill = (text: string, env: Readonly<Record<string, string>>): string =>
  text.replace(variable, (_, name: string, kind: string | undefined, rest: string) => {
    const value = env[name] ?? "";
    if (value !== "" || kind === undefined) return value;
    if (kind === "?") throw new Error(rest);
    return rest;
  });

/** The names that docker-compose.yml takes from `.env`. */
export const variablesOfCompose = async (): Promise<string[]> => {
  const text = await readRootFile("docker-compose.yml");
  return [...new Set([...text.matchAll(variable)].map(([, name]) => name ?? ""))].sort();
};

/** What deploy/example.env sets, and the names that it only shows behind a `#`. */
export const readExampleEnv = async (): Promise<{
  readonly set: Record<string, string>;
  readonly names: string[];
}> => {
  const lines = (await readRootFile("deploy/example.env")).matchAll(/^(#?)([A-Z_]+)=(.*)$/gm);
  const found = [...lines].map(([, hash, name = "", value = ""]) => ({ hash, name, value }));
  return {
    set: Object.fromEntries(
      found.filter(({ hash }) => hash === "").map(({ name, value }) => [name, value]),
    ),
    names: found.map(({ name }) => name).sort(),
  };
};
