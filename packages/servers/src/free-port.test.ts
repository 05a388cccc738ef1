import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

import { expect, it, onTestFinished } from "vitest";

import { freePort, tryToClaim, isFree } from "./free-port.ts";

it("tells a port that something listens on from one that is free", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  expect(await isFree((server.address() as AddressInfo).port)).toBe(false);
  expect(await isFree(await freePort())).toBe(true);
});

it("stays below the ports of outgoing connections", async () => {
  expect(await freePort()).toBeLessThan(32_768);
});

it("gives no port twice, in this process or another, though nothing listens on it yet", async () => {
  const port = await freePort();
  expect(await tryToClaim(port)).toBe(false);

  const inAnother = `
    import { freePort, tryToClaim } from ${JSON.stringify(import.meta.resolve("./free-port.ts"))};
    process.send([await tryToClaim(${port}), await freePort()]);
    process.on("message", () => process.exit());
  `;
  const other = spawn(process.execPath, ["--input-type=module", "-e", inAnother], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  onTestFinished(() => void other.kill());
  const [[isOurs, itsPort]] = (await once(other, "message")) as [[boolean, number]];
  expect(isOurs).toBe(false);
  expect(await isFree(itsPort)).toBe(true);
  expect(await tryToClaim(itsPort)).toBe(false);

  other.kill();
  await once(other, "exit");
  expect(await tryToClaim(itsPort)).toBe(true);
});
