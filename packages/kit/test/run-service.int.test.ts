import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";

const fixture = new URL("./fixtures/service.ts", import.meta.url).pathname;

/** Starts the fixture and listens to it. */
const start = async (how: string, graceMs = 20_000) => {
  const child: ChildProcess = spawn(process.execPath, [fixture, how, String(graceMs)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const closed = once(child, "close").then(([code]) => code as number | null);
  const heard = async (text: string): Promise<void> => {
    await expect.poll(() => output, { timeout: 50_000 }).toContain(text);
  };
  return { child, closed, heard, output: () => output };
};

describe("a service", () => {
  it("closes its parts in reverse order on SIGTERM and exits 0", async () => {
    const { child, closed, heard, output } = await start("well");
    await heard("running");
    child.kill("SIGTERM");
    expect(await closed).toBe(0);
    expect(output().indexOf("closed second")).toBeGreaterThan(0);
    expect(output().indexOf("closed first")).toBeGreaterThan(output().indexOf("closed second"));
    expect(output()).toContain('"exitCode":0');
  });

  it("is ended in time when a part hangs", async () => {
    const { child, closed, heard, output } = await start("hanging", 500);
    await heard("running");
    child.kill("SIGINT");
    expect(await closed).toBe(1);
    expect(output()).toContain("did not stop in time");
  });

  it("is ended at once by a second signal", async () => {
    const { child, closed, heard, output } = await start("hanging", 600_000);
    await heard("running");
    child.kill("SIGTERM");
    await heard("stopping");
    child.kill("SIGTERM");
    expect(await closed).toBe(1);
    expect(output()).toContain("a second SIGTERM");
  });

  it("exits 1 when a part fails to close, after the others are closed", async () => {
    const { child, closed, heard, output } = await start("failing to close");
    await heard("running");
    child.kill("SIGTERM");
    expect(await closed).toBe(1);
    expect(output()).toContain("closed first");
    expect(output()).toContain("a part did not close");
  });

  it("stops while it still starts", async () => {
    const { child, closed, heard, output } = await start("starting for ever");
    await heard("starting");
    child.kill("SIGTERM");
    expect(await closed).toBe(0);
    expect(output()).toContain("closed first");
  });

  it("says why it could not start, closes what was open, and exits 1", async () => {
    const { closed, output } = await start("not at all");
    expect(await closed).toBe(1);
    expect(output()).toContain("could not start");
    expect(output()).toContain("closed first");
  });

  it.each(["throwing", "rejecting"])(
    "ends when an error comes out of nowhere (%s)",
    async (how) => {
      const { closed, output } = await start(how);
      expect(await closed).toBe(1);
      expect(output()).toContain("an error that nobody expected");
      expect(output()).toContain("out of nowhere");
    },
  );

  it("prints what is wrong with its settings and nothing else", async () => {
    const { closed, output } = await start("without settings");
    expect(await closed).toBe(1);
    expect(output()).toBe("The settings cannot be used:\n  MONGODB_URL is missing\n");
  });
});
