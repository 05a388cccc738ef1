import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createSealer } from "@yubin/kit";
import { createProducer } from "@yubin/queue";
import type { LineAccount } from "@yubin/store";
import { fetchProfile } from "@yubin/types";
import { describe, expect, it, onTestFinished, vi } from "vitest";

import { lineEvent, lineUser, workspaceId } from "./made-events.ts";
import { channelRow, openPeopleWorld } from "./people-world.ts";
import { secretKey, startTestIdentity } from "./start-test-identity.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const patience = { timeout: 60_000, interval: 100 };
const token = "a-secret-token-of-a-channel";

type Answer = (res: ServerResponse) => void;

/** Identity, and in LINE's place a server that answers what the test says; each person asks it once. */
const setup = async (answer: Answer) => {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    asked.push(req.url ?? "");
    answer(res);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const world = await openPeopleWorld();
  const id = "chan_hostile";
  const { seal } = createSealer([{ id: "k1", key: secretKey }]);
  await world.store.channels.insertOne(
    channelRow(id, { sealedToken: seal(token, `${workspaceId}/${id}`) }),
  );
  const follow = lineEvent("follow", lineUser(1), { channelId: id });
  await world.keep([follow]);
  await world.apply([follow]);
  const row = async () => world.store.profiles.findOne({ "lineAccounts.lineUserId": lineUser(1) });
  const profileId = (await row())?._id ?? "";

  const { mongoUrl, redisUrl, redisPrefix } = world.servers;
  const producer = createProducer({
    redisUrl,
    prefix: redisPrefix,
    deadlineMs: 5_000,
    log: silent,
  });
  onTestFinished(() => producer.close());
  await vi.waitFor(() => producer.ping(), 5_000);
  const identity = await startTestIdentity({
    MONGODB_URL: mongoUrl,
    REDIS_URL: redisUrl,
    QUEUE_PREFIX: redisPrefix,
    LINE_API_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
  await producer.enqueue(fetchProfile, [
    { v: 1, workspaceId, channelId: id, profileId, lineUserId: lineUser(1) },
  ]);
  const metric = async (pattern: RegExp): Promise<string | undefined> =>
    pattern.exec(await (await fetch(`${identity.opsUrl}/metrics`)).text())?.[1];
  return {
    world,
    asked,
    identity,
    account: async (): Promise<LineAccount | undefined> => (await row())?.lineAccounts[0],
    wholeRow: row,
    tries: () =>
      metric(/^yubin_jobs_total\{queue="profile-fetches",[^}]*outcome="retry"[^}]*\} (\d+)$/m),
  };
};

const json =
  (body: string): Answer =>
  (res) => {
    res.writeHead(200, { "content-type": "application/json" }).end(body);
  };

/** As LINE says whom an answer is about. */
const about = (body: string): string => body.replace("{", `{"userId":"${lineUser(1)}",`);

describe("a profile that LINE never sends", () => {
  it.each<[string, string, Partial<LineAccount>]>([
    [
      "with a prototype and unknown fields",
      `{"displayName":"Ann","__proto__":{"admin":true},"constructor":{"prototype":{}},"mergedInto":"prof_x","_id":"x","statusMessage":"hi","userId":"${lineUser(1)}"}`,
      { displayName: "Ann", pictureUrl: null, language: null, lineUserId: lineUser(1) },
    ],
    [
      "with a name of 60,000 characters",
      JSON.stringify({ userId: lineUser(1), displayName: "n".repeat(60_000) }),
      { displayName: "n".repeat(100) },
    ],
    [
      "with control characters, half a pair and a closing script in its name",
      String.raw`{"userId":"${lineUser(1)}","displayName":"A\u0000\u001b[31m\r\n\ud800</script>"}`,
      { displayName: "A[31m\ufffd</script>" },
    ],
    [
      "with a script for a picture",
      about('{"displayName":"Ann","pictureUrl":"javascript:alert(1)","language":"ja\\r\\nx: y"}'),
      { displayName: "Ann", pictureUrl: null, language: null },
    ],
    [
      "with a picture that has a password",
      about('{"displayName":"Ann","pictureUrl":"https://a:b@evil.example/"}'),
      { displayName: "Ann", pictureUrl: null },
    ],
    [
      "with operators and objects for values",
      about(
        '{"displayName":{"$gt":""},"pictureUrl":["https://a.example"],"language":{"$ne":null}}',
      ),
      { displayName: null, pictureUrl: null, language: null },
    ],
  ])("%s is kept as far as it can be one", async (_what, body, expected) => {
    const { account, wholeRow, world } = await setup(json(body));
    await vi.waitFor(
      async () => expect((await account())?.fetchedAt).toBeInstanceOf(Date),
      patience,
    );
    expect(await account()).toMatchObject(expected);
    const row = await wholeRow();
    expect(row).toMatchObject({ workspaceId, mergedInto: null });
    expect(JSON.stringify(row)).not.toMatch(/admin|statusMessage|prof_x/);
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
    expect(await world.store.deadLetters.countDocuments({})).toBe(0);
  });
});

describe("an answer that is none", () => {
  const endless: Answer = (res) => {
    res.writeHead(200, { "content-type": "application/json" });
    const more = (): void => {
      while (!res.destroyed && res.write(" ".repeat(65_536)));
      if (!res.destroyed) res.once("drain", more);
    };
    more();
  };
  const informing: Answer = (res) => {
    const timer = setInterval(() => {
      for (let count = 0; count < 100; count += 1) res.writeProcessing();
    }, 20);
    res.on("close", () => clearInterval(timer));
  };
  it.each<[string, Answer]>([
    ["HTML", (res) => void res.writeHead(200, { "content-type": "text/html" }).end("<html>")],
    ["a list", json("[]")],
    ["a text", json('"Ann"')],
    ["null", json("null")],
    ["about nobody", json('{"displayName":"Eve"}')],
    ["about somebody else", json(`{"userId":"${lineUser(2)}","displayName":"Eve"}`)],
    ["without an end", endless],
    ["of a name of a megabyte", json(JSON.stringify({ displayName: "n".repeat(1_000_000) }))],
    ["that is information for ever", informing],
    ["that leads elsewhere", (res) => void res.writeHead(302, { location: "/steal" }).end()],
  ])("(%s) is asked for again, changes nothing and holds nothing up", async (_what, answer) => {
    let isHostile = true;
    const { account, tries, identity, asked } = await setup((res) => {
      if (isHostile) answer(res);
      else json(about('{"displayName":"Ann"}'))(res);
    });
    await vi.waitFor(async () => expect(Number(await tries())).toBeGreaterThan(0), patience);
    expect(await account()).toMatchObject({ displayName: null, fetchedAt: null });
    expect(process.memoryUsage().rss).toBeLessThan(1_500_000_000);
    isHostile = false;
    await vi.waitFor(async () => expect((await account())?.displayName).toBe("Ann"), patience);
    expect(new Set(asked)).toEqual(new Set([`/v2/bot/profile/${lineUser(1)}`]));
    expect(identity.logged.join("\n")).not.toContain(token);
  });
});
