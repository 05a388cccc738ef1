import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "@yubin/servers";
import { expect, it, onTestFinished } from "vitest";

import { createApi, type Api } from "../stack/api.ts";
import { until } from "../stack/until.ts";
import { createLineLevers } from "./line-levers.ts";

interface Started {
  readonly api: Api;
  readonly simulatorUrl: string;
  /** Ctrl-C; resolves with the exit code. */
  interrupt(): Promise<number | null>;
  readonly isRunning: boolean;
}

const start = async (data: string): Promise<Started> => {
  const ports = { port: await freePort(), "simulator-port": await freePort() };
  const args = Object.entries({ data, ...ports }).map(([name, value]) => `--${name}=${value}`);
  const child = spawn(process.execPath, [join(import.meta.dirname, "start.ts"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exit = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGINT");
    await exit;
  });
  let said = "";
  for (const out of [child.stdout, child.stderr])
    out.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  const rowOf = (label: string): string =>
    new RegExp(`^${label} +(\\S+)`, "mu").exec(said)?.[1] ?? "";
  await until(
    () => {
      if (child.exitCode !== null) throw new Error(`it ended: ${said}`);
      return said.includes("Ctrl-C stops it") || undefined;
    },
    { what: "the stack", timeoutMs: 200_000 },
  );
  return {
    api: createApi(rowOf("API"), rowOf("API key")),
    simulatorUrl: rowOf("LINE stand-in"),
    interrupt: async () => {
      child.kill("SIGINT");
      const [code] = (await exit) as [number | null];
      return code;
    },
    get isRunning() {
      return child.exitCode === null;
    },
  };
};

it("keeps the stack up until Ctrl-C, and its data for the next time", async () => {
  const data = await mkdtemp(join(tmpdir(), "yubin-start-"));
  onTestFinished(() => rm(data, { recursive: true, force: true }));

  const first = await start(data);
  const line = await createLineLevers(first.simulatorUrl).addChannel({ provider: "shop" });
  const { id } = await first.api.post<{ id: string }>("/v1/channels", {
    channelAccessToken: line.accessToken,
    channelId: line.channelId,
    channelSecret: line.channelSecret,
    provider: "shop",
  });
  await pause(2_000);
  expect(first.isRunning).toBe(true);
  await expect(first.interrupt()).resolves.toBe(0);

  const second = await start(data);
  await expect(second.api.get(`/v1/channels/${id}`)).resolves.toMatchObject({ id });
  await expect(second.interrupt()).resolves.toBe(0);
});
