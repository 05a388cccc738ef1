import { expect, it } from "vitest";
import { loadConfig } from "./config.ts";

it("has a default for everything", () => {
  expect(loadConfig({})).toEqual({
    opsPort: undefined,
    options: {
      port: 8_100,
      host: "127.0.0.1",
      seed: 1,
      timeScale: 1,
      latencyMs: 0,
      keepBodies: false,
    },
  });
});

it("names every wrong value at once and shows none", () => {
  expect(load).toThrow(
    "PORT must be a number from 0; SIM_LATENCY_MS must be a number from 0; SIM_TIME_SCALE must be above 0",
  );
});

const load = () => loadConfig({ PORT: "eight", SIM_LATENCY_MS: "-1", SIM_TIME_SCALE: "0" });
