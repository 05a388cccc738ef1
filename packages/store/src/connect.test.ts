import { expect, it } from "vitest";

import { connectStore } from "./connect.ts";

it.each([
  ["an option that there is not", "mongodb://127.0.0.1:1/yubin?replicasSet=rs0"],
  ["a way to log in and no user", "mongodb://127.0.0.1:1/yubin?authMechanism=SCRAM-SHA-256"],
  ["a value that an option does not take", "mongodb://127.0.0.1:1/yubin?directConnection=perhaps"],
  [
    "options that exclude each other",
    "mongodb://127.0.0.1:1,127.0.0.1:2/yubin?directConnection=true",
  ],
])("does not wait for a server where the URL has %s", async (_, url) => {
  const waiting: unknown[] = [];
  const signal = AbortSignal.timeout(5_000);

  await expect(
    connectStore({
      url,
      selectionTimeoutMs: 100,
      onWaiting: (error) => waiting.push(error),
      signal,
    }),
  ).rejects.toThrow(/replicasset|directConnection|Username/);
  expect(waiting).toEqual([]);
});

it("waits for a server that is not there", async () => {
  const stop = new AbortController();
  const connecting = connectStore({
    url: "mongodb://127.0.0.1:1/yubin",
    selectionTimeoutMs: 100,
    onWaiting: () => stop.abort(),
    signal: stop.signal,
  });

  await expect(connecting).rejects.toThrow(/abort/);
});

it("does not look for a server to the end when it is told to stop", async () => {
  const stop = new AbortController();
  const connecting = connectStore({
    url: "mongodb://127.0.0.1:1/yubin",
    selectionTimeoutMs: 3_600_000,
    signal: stop.signal,
  });
  setTimeout(() => stop.abort(), 50);

  await expect(connecting).rejects.toThrow(/abort/);
});
