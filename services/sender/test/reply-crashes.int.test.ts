import { describe, expect, it } from "vitest";

import { createLineBetween, type LineBetween } from "./line-between.ts";
import { until } from "./open-world.ts";
import { openReplyWorld, type ReplyWorld } from "./reply-world.ts";
import { startSenderProcess } from "./sender-process.ts";

/** So far ahead is the clock of who comes after the dead: past its claim, and not past the token's minute. */
const aheadMs = 15_000;
const startHeir = (world: ReplyWorld, ahead = aheadMs) =>
  world.startSender({ now: () => new Date(Date.now() + ahead) });

const asked = ({ requests }: LineBetween): string[] =>
  requests.map(({ path }) => path.replace("/v2/bot/message/", ""));

interface Story {
  readonly between: LineBetween;
  readonly world: ReplyWorld;
  readonly friend: string;
  readonly id: string;
}

/** Somebody has written and is to be answered; no sender is there yet. */
const openStory = async (): Promise<Story & AsyncDisposable> => {
  await using opened = new AsyncDisposableStack();
  const between = opened.use(createLineBetween());
  const world = opened.use(await openReplyWorld({ senders: 0, between: between.open }));
  const friend = await world.addFriend();
  await world.wrote(friend);
  const id = await world.ask(friend, "m");
  const closing = opened.move();
  return {
    between,
    world,
    friend,
    id,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
};

const endOf = async ({ world, id, friend }: Story) => {
  const { recipients, counts } = await world.untilSettled(id, 120_000);
  const { outcome, via, reason } = recipients[0] ?? {};
  expect(counts[outcome ?? "queued"]).toBe(1);
  const received = world.simulator.ledger.recipients("m").get(friend) ?? 0;
  return { end: [outcome, via, reason].join(" ").trim(), received };
};

describe("a sender that is killed over a free reply", () => {
  it.concurrent.each([
    ["after it took the token, before it used it", "freeze", 1, ["reply"], "accepted reply"],
    ["after the reply was frozen", "frozen", 1, ["reply"], "accepted reply"],
    ["before the POST", "send", 1, ["reply"], "accepted reply"],
    ["after LINE's answer", "sent", 1, ["reply", "reply"], "unknown reply reply_unknown"],
    ["before it is recorded", "record", 2, ["reply", "reply"], "unknown reply reply_unknown"],
    ["after it was recorded", "recorded", 1, ["reply"], "accepted reply"],
  ] as const)(
    "%s, is followed by no push, and the person has it once",
    async (_when, step, visit, requests, end) => {
      await using story = await openStory();
      await using doomed = await startSenderProcess(story.world, {
        step,
        visit,
        signal: "SIGKILL",
      });
      expect(await doomed.ended).toBe("SIGKILL");
      await startHeir(story.world);
      expect(await endOf(story)).toEqual({ end, received: 1 });
      expect(asked(story.between)).toEqual(requests);
      // One token for one message, however often somebody died over it.
      expect(await story.world.store.replyTokens.find().toArray()).toMatchObject([
        { claimedBy: story.id },
      ]);
    },
  );

  it.concurrent.each([
    ["LINE has taken it", true, "unknown reply reply_unknown"],
    ["LINE has not", false, "accepted reply"],
  ] as const)(
    "while it is on the wire and %s, is followed by no push",
    async (_what, passedOn, end) => {
      await using story = await openStory();
      const { between, world } = story;
      between.spoil = () =>
        between.requests.length === 1 ? { passedOn, reply: () => undefined } : undefined;
      await using doomed = await startSenderProcess(world);
      await until(() => between.requests.length === 1, { what: "the call" });
      await until(() => world.simulator.ledger.summary().accepted === Number(passedOn), {
        what: "its end at LINE",
      });
      doomed.signal("SIGKILL");
      expect(await doomed.ended).toBe("SIGKILL");
      await startHeir(world);
      expect(await endOf(story)).toEqual({ end, received: 1 });
      expect(asked(between)).toEqual(["reply", "reply"]);
    },
  );

  it.concurrent("and is followed only when the minute is over, leaves it unknown: nobody asks any more", async () => {
    await using story = await openStory();
    await using doomed = await startSenderProcess(story.world, { step: "send", signal: "SIGKILL" });
    expect(await doomed.ended).toBe("SIGKILL");
    await story.world.startSender({ now: () => new Date(Date.now() + 100_000) });
    expect(await endOf(story)).toEqual({ end: "unknown reply reply_unknown", received: 0 });
    expect(asked(story.between)).toEqual([]);
  });
});

it.concurrent.each([
  ["before its call", "send", 0, ["reply"], "accepted reply"],
  // By its own clock it still has the batch, but it has stood for too long to begin anything.
  ["before its call, with another's clock ahead,", "send", aheadMs, ["reply"], "accepted reply"],
  ["after LINE's answer", "sent", 0, ["reply", "reply"], "unknown reply reply_unknown"],
] as const)(
  "a sender that stands still %s and wakes when another has taken over changes nothing more",
  async (_when, step, ahead, requests, end) => {
    await using story = await openStory();
    const { world, between, id } = story;
    await using zombie = await startSenderProcess(world, { step, signal: "SIGSTOP" });
    await zombie.untilFate();
    await startHeir(world, ahead);
    expect(await endOf(story)).toEqual({ end, received: 1 });
    const settled = await world.batch(id);
    zombie.signal("SIGCONT");
    await zombie.untilLogged('"outcome":"lost"');
    expect(await world.batch(id)).toEqual(settled);
    expect(asked(between)).toEqual(requests);
  },
);

it("a reply whose answer is lost again and again is asked for under the same token, and never as a push", async () => {
  await using between = createLineBetween();
  await using world = await openReplyWorld({ between: between.open });
  const friend = await world.addFriend();
  await world.wrote(friend);
  let lost = 3;
  between.spoil = () =>
    (lost -= 1) >= 0
      ? { passedOn: false, reply: (res) => void res.socket?.resetAndDestroy() }
      : undefined;
  const id = await world.ask(friend, "m");
  expect((await world.untilSettled(id)).recipients[0]).toMatchObject({
    outcome: "accepted",
    via: "reply",
  });
  expect(asked(between)).toEqual(["reply", "reply", "reply", "reply"]);
  expect(new Set(between.requests.map(({ body }) => body)).size).toBe(1);
  expect(between.requests.every(({ headers }) => !("x-line-retry-key" in headers))).toBe(true);
  expect(world.simulator.ledger.recipients("m")).toEqual(new Map([[friend, 1]]));
});
