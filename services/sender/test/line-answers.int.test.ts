import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { recipientsOf } from "@yubin/store";
import { describe, expect, it } from "vitest";

import { createLineBetween, type LineBetween, type Spoiled } from "./line-between.ts";
import { countsOf, openWorld, sealToken, until, type World } from "./open-world.ts";

type Reply = Spoiled["reply"];

const contents = {
  push: "[[push]] {{ profile.displayName }}",
  multicast: "[[multicast]] The shop opens at ten",
};
type Method = keyof typeof contents;
const methods = ["push", "multicast"] as const;
const friends = 3;

const answer =
  (status: number, body = "{}", headers: Readonly<Record<string, string>> = {}): Reply =>
  (res) =>
    res.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
const message = (text: string): string => JSON.stringify({ message: text });
/** Writes this below HTTP; `everyMs` writes it again and again. */
const raw =
  (text: string, { everyMs, cut }: { everyMs?: number; cut?: boolean } = {}): Reply =>
  ({ socket }) => {
    socket?.write(text);
    if (cut) socket?.end();
    if (everyMs === undefined) return;
    const timer = setInterval(() => socket?.write(text), everyMs);
    socket?.on("close", () => clearInterval(timer));
  };
const reset: Reply = ({ socket }) => void socket?.resetAndDestroy();
const silence: Reply = () => undefined;

/** A campaign by each method while answers are spoiled, and what became of it. */
const openAnswers = async () => {
  await using opened = new AsyncDisposableStack();
  const between = opened.use(createLineBetween());
  const world = opened.use(await openWorld({ between: between.open }));
  const people = await world.addFriends(friends);
  let attempts = 0;
  const watch = async (id: string): Promise<void> => {
    for (const { calls } of await world.batchesOf(id))
      attempts = Math.max(attempts, ...calls.map((call) => call.attempts));
  };
  const closing = opened.move();
  return {
    between,
    world,
    people,
    launch: (method: Method) => world.launch({ text: contents[method] }),
    untilDone: async (id: string) => {
      await until(
        async () => {
          await watch(id);
          return (await world.campaign(id)).state === "done";
        },
        { what: "the campaign to be done", timeoutMs: 120_000 },
      );
    },
    /** The most that any call had spent while it was looked at. */
    attempts: () => attempts,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
};

/** How often LINE took the message for each person, in the simulator's ledger. */
const received = (world: World, method: Method): number[] => [
  ...world.simulator.ledger.recipients(method).values(),
];
const eachOnce = Array.from({ length: friends }, () => 1);

/** All requests under each retry key, which must be the same bytes. */
const triesOf = ({ requests }: LineBetween, method: Method): number[] => {
  const ours = requests.filter(({ path }) => path.endsWith(`/${method}`));
  const byKey = Map.groupBy(ours, ({ retryKey }) => retryKey);
  return [...byKey.values()].map((tries) => {
    expect(new Set(tries.map(({ body }) => body)).size).toBe(1);
    return tries.length;
  });
};
const endsOf = async (world: World, id: string) => {
  const { counted, recounted } = await countsOf(world, id);
  expect(counted).toEqual(recounted);
  return (await world.batchesOf(id)).flatMap((row) => recipientsOf(row));
};

/** Another host, where nothing of ours may ever arrive. */
const openElsewhere = async () => {
  const arrived: string[] = [];
  const server = createServer((req, res) => {
    arrived.push(JSON.stringify(req.headers));
    res.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    arrived,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/steal`,
    [Symbol.dispose]: () => void server.close(),
  };
};

describe("an answer by which LINE has it", () => {
  it.each<[string, Reply]>([
    ["200 without ids", answer(200, "{}")],
    ["200 without a body", answer(200, "")],
    ["200 with HTML", answer(200, "<!doctype html><h1>hi</h1>", { "content-type": "text/html" })],
    ["200 with bytes that are no text", answer(200, "\u0000\ufffd{{{", {})],
    ["200 with 8 MB", answer(200, `{"x":"${"x".repeat(8_000_000)}"}`)],
    ["200 that breaks off", raw("HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{", { cut: true })],
    ["202", answer(202)],
    ["409 without sentMessages", answer(409, message("The retry key is already accepted"))],
    ["409 without a body", answer(409, "")],
  ])("%s is accepted, once, without another request", async (_what, reply) => {
    await using answers = await openAnswers();
    const { between, world, launch, untilDone, attempts } = answers;
    between.spoil = () => ({ passedOn: true, reply });
    for (const method of methods) {
      const id = await launch(method);
      await untilDone(id);
      for (const end of await endsOf(world, id)) expect(end).toMatchObject({ outcome: "accepted" });
      expect(received(world, method)).toEqual(eachOnce);
      expect(new Set(triesOf(between, method))).toEqual(new Set([1]));
    }
    expect(attempts()).toBe(0);
  });

  it("409 carries the ids of the request that was accepted", async () => {
    await using answers = await openAnswers();
    const { between, world, launch, untilDone } = answers;
    between.spoil = ({ tryNumber }) =>
      tryNumber === 1 ? { passedOn: true, reply: reset } : undefined;
    for (const method of methods) {
      const id = await launch(method);
      await untilDone(id);
      for (const end of await endsOf(world, id)) {
        const [first] = world.simulator.ledger
          .requests({ recipient: end.lineUserId ?? "" })
          .filter(({ endpoint }) => endpoint === method);
        expect(end.lineRequestId).toBe(first?.requestId);
        expect(end.messageIds ?? []).toHaveLength(method === "push" ? 1 : 0);
      }
    }
  });
});

describe("an answer that leaves it open", () => {
  const before: readonly [string, Reply][] = [
    ["500", answer(500, message("Internal server error"))],
    ["502 with HTML", answer(502, "<h1>Bad gateway</h1>", { "content-type": "text/html" })],
    ["503 with Retry-After", answer(503, "{}", { "retry-after": "86400" })],
    ["408", answer(408)],
    ["304", answer(304)],
    ["a reset", reset],
    ["something that is not HTTP", raw("SSH-2.0-OpenSSH_9.2\r\n", { cut: true })],
    ["another protocol", raw("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n")],
    ["headers without an end", raw(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}`)],
    ["no answer at all", silence],
    ["a flood of 1xx", raw("HTTP/1.1 102 Processing\r\n\r\n", { everyMs: 20 })],
  ];
  const all = before.flatMap(([what, reply]) => [
    [what, "before", reply] as const,
    [what, "after", reply] as const,
  ]);

  it.concurrent.each(all)(
    "%s %s acceptance: the same bytes again under the same key, and each has it once",
    async (_what, when, reply) => {
      await using answers = await openAnswers();
      const { between, world, launch, untilDone, attempts } = answers;
      between.spoil = ({ tryNumber }) =>
        tryNumber === 1 ? { passedOn: when === "after", reply } : undefined;
      const ids = await Promise.all(methods.map(launch));
      await Promise.all(ids.map(untilDone));
      for (const [index, method] of methods.entries()) {
        for (const end of await endsOf(world, ids[index] ?? ""))
          expect(end).toMatchObject({ outcome: "accepted" });
        expect(received(world, method)).toEqual(eachOnce);
        expect(new Set(triesOf(between, method))).toEqual(new Set([2]));
      }
      expect(attempts()).toBe(1);
    },
  );

  it.each([301, 302, 303, 307, 308])(
    "%d to another host is not followed: no token leaks",
    async (status) => {
      using elsewhere = await openElsewhere();
      await using answers = await openAnswers();
      const { between, world, launch, untilDone, attempts } = answers;
      between.spoil = ({ tryNumber }) =>
        tryNumber === 1
          ? { passedOn: false, reply: answer(status, "", { location: elsewhere.url }) }
          : undefined;
      const ids = await Promise.all(methods.map(launch));
      await Promise.all(ids.map(untilDone));
      expect(elsewhere.arrived).toEqual([]);
      for (const method of methods) expect(received(world, method)).toEqual(eachOnce);
      expect(attempts()).toBe(1);
    },
  );
});

describe("a refusal", () => {
  it.each([400, 404, 405, 410, 413, 415, 422])(
    "%d of everyone ends everyone, by the same reason, and nobody has it",
    async (status) => {
      await using answers = await openAnswers();
      const { between, world, launch, untilDone, attempts } = answers;
      const asked = { "x-line-request-id": "refused-1" };
      between.spoil = () => ({ passedOn: false, reply: answer(status, message("No"), asked) });
      for (const method of methods) {
        const id = await launch(method);
        await untilDone(id);
        for (const end of await endsOf(world, id))
          expect(end).toMatchObject({
            outcome: "refused",
            reason: `line_${status}`,
            detail: "No",
            lineRequestId: "refused-1",
          });
        expect(received(world, method)).toEqual([]);
        expect(new Set(triesOf(between, method))).toEqual(new Set([1]));
      }
      expect(attempts()).toBe(0);
      // LINE does not say whom it means by a 400, so a multicast is halved until each is alone.
      expect(triesOf(between, "multicast")).toHaveLength(status === 400 ? 5 : 1);
    },
  );

  it("400 of the message itself is asked once, however many it was for", async () => {
    await using answers = await openAnswers();
    const { between, world, launch, untilDone } = answers;
    const details = [{ property: "messages[0].text", message: "May not be empty" }];
    const body = JSON.stringify({ message: "The request body has 1 error(s)", details });
    between.spoil = () => ({ passedOn: false, reply: answer(400, body) });
    const id = await launch("multicast");
    await untilDone(id);
    const detail = "messages[0].text: The request body has 1 error(s): May not be empty";
    for (const end of await endsOf(world, id))
      expect(end).toMatchObject({ reason: "line_400", detail });
    expect(between.requests).toHaveLength(1);
  });

  it.each(methods)(
    "400 of one person in a %s leaves the others as they are, each once, through lost answers",
    async (method) => {
      await using answers = await openAnswers();
      const { between, world, people, launch, untilDone } = answers;
      await world.addProfile({ lineUserId: "not-a-line-id" });
      // The answers of all but the refused are lost the first time.
      between.spoil = ({ tryNumber, body }) =>
        tryNumber === 1 && !body.includes("not-a-line-id")
          ? { passedOn: true, reply: reset }
          : undefined;
      const id = await launch(method);
      await untilDone(id);
      const ends = await endsOf(world, id);
      expect(ends.filter(({ outcome }) => outcome === "refused")).toMatchObject([
        { lineUserId: "not-a-line-id", reason: "line_400" },
      ]);
      expect(world.simulator.ledger.recipients(method)).toEqual(
        new Map(people.map((userId) => [userId, 1])),
      );
    },
  );
});

describe("an answer about the channel", () => {
  it.each([
    [401, "line_unauthorized"],
    [403, "line_forbidden"],
  ])("%d stops it, ends nobody, and new credentials send the rest once", async (status, reason) => {
    await using answers = await openAnswers();
    const { between, world, launch, untilDone, attempts } = answers;
    between.spoil = () => ({ passedOn: false, reply: answer(status, message("No")) });
    const ids = await Promise.all(methods.map(launch));
    const channel = () => world.store.channels.findOne({ _id: world.channelId });
    await until(async () => (await channel())?.state === "stopped", { what: "the stop" });
    expect(await channel()).toMatchObject({ stateReason: reason });
    for (const id of ids)
      for (const { outcome } of await endsOf(world, id)) expect(outcome).toBeUndefined();

    between.spoil = () => undefined;
    const sealedToken = sealToken(world.channelId, world.line.accessToken);
    await world.store.channels.updateOne(
      { _id: world.channelId },
      { $set: { state: "connected", stateReason: null, sealedToken }, $inc: { version: 1 } },
    );
    await world.store.campaigns.updateMany({}, { $set: { nextAt: new Date(0) } });
    await Promise.all(ids.map(untilDone));
    for (const method of methods) expect(received(world, method)).toEqual(eachOnce);
    expect(attempts()).toBe(0);
  });

  it("429 of the rate slows it, spends no attempt, and everyone has it once", async () => {
    await using answers = await openAnswers();
    const { between, world, launch, untilDone, attempts } = answers;
    const tooFast = message("The API rate limit has been exceeded. Try again later.");
    // Each time their people are looked at anew, and asked for under a new key.
    const asked = new Map<string, number>();
    between.spoil = ({ body }) => {
      const times = 1 + (asked.get(body) ?? 0);
      asked.set(body, times);
      return times <= 2 ? { passedOn: false, reply: answer(429, tooFast) } : undefined;
    };
    const ids = await Promise.all(methods.map(launch));
    await Promise.all(ids.map(untilDone));
    for (const method of methods) {
      expect(received(world, method)).toEqual(eachOnce);
      expect(new Set(triesOf(between, method))).toEqual(new Set([1]));
    }
    expect(new Set(asked.values())).toEqual(new Set([3]));
    expect(attempts()).toBe(0);
  });

  it("429 of the month pauses campaigns, ends nobody, and the rest goes once", async () => {
    await using answers = await openAnswers();
    const { between, world, launch, untilDone, attempts } = answers;
    const monthly = message("You have reached your monthly limit.");
    between.spoil = () => ({ passedOn: false, reply: answer(429, monthly) });
    const ids = await Promise.all(methods.map(launch));
    for (const id of ids) {
      await until(async () => (await world.campaign(id)).state === "paused", { what: "a pause" });
      expect(await world.campaign(id)).toMatchObject({ stateReason: "quota" });
      for (const { outcome } of await endsOf(world, id)) expect(outcome).toBeUndefined();
    }
    between.spoil = () => undefined;
    await world.store.campaigns.updateMany(
      { _id: { $in: ids } },
      { $set: { state: "sending", nextAt: new Date(0) } },
    );
    await Promise.all(ids.map(untilDone));
    for (const method of methods) expect(received(world, method)).toEqual(eachOnce);
    expect(attempts()).toBe(0);
  });
});
