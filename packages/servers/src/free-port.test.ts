import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

import { expect, it, onTestFinished } from "vitest";

import { freePort, isFree } from "./free-port.ts";

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
