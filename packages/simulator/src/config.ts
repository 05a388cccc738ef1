import type { SimulatorOptions } from "./settings.ts";

/** The settings of the simulator as a process. */
export interface SimulatorConfig {
  readonly options: SimulatorOptions;
  readonly opsPort: number | undefined;
}

/** Reads the environment, reporting every wrong value at once by name and never by value. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): SimulatorConfig {
  const problems: string[] = [];
  const number = (name: string): number | undefined => {
    const text = env[name];
    if (text === undefined || text === "") return undefined;
    const value = Number(text);
    if (!(value >= 0)) problems.push(`${name} must be a number from 0`);
    return value;
  };
  const options = {
    port: number("PORT") ?? 8_100,
    host: env["HOST"] ?? "127.0.0.1",
    seed: env["SIM_SEED"] ?? 1,
    timeScale: number("SIM_TIME_SCALE") ?? 1,
    latencyMs: number("SIM_LATENCY_MS") ?? 0,
    keepBodies: env["SIM_KEEP_BODIES"] === "true",
  };
  const opsPort = number("OPS_PORT");
  if (options.timeScale === 0) problems.push("SIM_TIME_SCALE must be above 0");
  if (problems.length > 0) throw new Error(problems.join("; "));
  return Object.freeze({ options, opsPort });
}
