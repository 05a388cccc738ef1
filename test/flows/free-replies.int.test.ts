import type { MessageView, QuotaView } from "@yubin/types";
import { afterAll, beforeAll, expect, it } from "vitest";

import { provider, startWorld, type World } from "../chaos/world.ts";
import { readLineOpenapi } from "../simulator/line-openapi.ts";
import { until } from "../stack/until.ts";

const lineApi = readLineOpenapi("messaging-api");
let world: World;
let friend: string;
beforeAll(async () => {
  world = await startWorld({ seed: 20_261_126, replicas: { ingress: 1, identity: 1, sender: 1 } });
  [friend = ""] = world.simulator.addPeople({ provider, count: 1 });
});
afterAll(() => world[Symbol.asyncDispose]());

const tokens = () => world.store.replyTokens.find().toArray();
const freeTokens = async () => (await tokens()).filter(({ claimedBy }) => claimedBy === null);
const untilTokens = (count: number) =>
  until(async () => (await freeTokens()).length === count || undefined, {
    what: `${count} tokens to answer by`,
    timeoutMs: 30_000,
  });
const asks = () => world.simulator.ledger.summary().endpoints.reply?.attempted ?? 0;

/** What became of a message to the friend. */
const send = async (text: string, more: object = { replyIfFree: true }): Promise<MessageView> => {
  const { api, channelId } = world;
  const to = { provider, lineUserId: friend };
  const messages = [{ type: "text", text }];
  const body = { to, channelId, messages, ...more };
  const { id } = await api.post<{ id: string }>("/v1/messages", body);
  return until(
    async () => {
      const view = await api.get<MessageView>(`/v1/messages/${id}`);
      return view.outcome === null ? undefined : view;
    },
    { what: "the message to end", timeoutMs: 30_000 },
  );
};
const free = { outcome: "accepted", via: "reply", billed: false };
const pushed = { outcome: "accepted", via: "push", billed: true };

it("whoever follows is welcomed for free, and what comes after that is pushed", async () => {
  const { simulator, line, store } = world;
  simulator.follow(line.channelId, [friend]);
  await untilTokens(1);
  await until(() => store.profiles.findOne({}), { what: "the profile", timeoutMs: 30_000 });
  expect(await send("[[welcome]]")).toMatchObject({
    ...free,
    sentMessageIds: [expect.stringMatching(/^\d+$/)],
    to: { lineUserId: friend },
  });
  expect(await send("[[later]]")).toMatchObject(pushed);
  expect(asks()).toBe(1);
});

it("nobody is answered by a token unless that was asked for", async () => {
  world.simulator.say(world.line.channelId, friend, "hello?");
  await untilTokens(1);
  expect(await send("[[plain]]", {})).toMatchObject(pushed);
  expect(await send("[[answer]]")).toMatchObject(free);
});

it("a webhook that LINE delivers again brings no token that was used", async () => {
  const { simulator, line } = world;
  const before = asks();
  const event = simulator.say(line.channelId, friend, "again?");
  await untilTokens(1);
  expect(await send("[[once]]")).toMatchObject(free);
  const again = { ...event, deliveryContext: { isRedelivery: true } };
  const body = JSON.stringify({ destination: line.botUserId, events: [again] });
  const delivered = await simulator.postWebhook(line.channelId, body);
  expect(delivered).toMatchObject({ outcome: "answered", status: 200 });
  simulator.say(line.channelId, friend, "and again?");
  await untilTokens(1);
  expect(await send("[[twice]]")).toMatchObject(free);
  expect(await send("[[thrice]]")).toMatchObject(pushed);
  expect(asks() - before).toBe(2);
});

it("what somebody takes back is not answered by its token", async () => {
  const { simulator, line } = world;
  const { message } = simulator.say(line.channelId, friend, "oops");
  await untilTokens(1);
  simulator.unsend(line.channelId, friend, message.id);
  await untilTokens(0);
  expect(await send("[[oops]]")).toMatchObject(pushed);
});

it("what is asked of LINE is as its definition has it, without a key that replies do not have", async () => {
  world.simulator.say(world.line.channelId, friend, "quietly, please");
  await untilTokens(1);
  expect(await send("[[quiet]]", { replyIfFree: true, notificationDisabled: true })).toMatchObject(
    free,
  );
  const replies = world.simulator.ledger
    .requests()
    .filter(({ endpoint }) => endpoint === "reply")
    .map((request) => ({ ...request, method: "post" as const }));
  expect(replies).toHaveLength(5);
  for (const request of replies) {
    expect(lineApi.requestProblems(request)).toEqual([]);
    expect(request.headers).not.toHaveProperty("x-line-retry-key");
  }
  expect(replies.at(-1)?.body).toMatchObject({ notificationDisabled: true });
});

it("LINE counts the pushes alone, and each message came once", async () => {
  const { api, channelId, simulator } = world;
  const { endpoints, duplicates } = simulator.ledger.summary();
  const pushes = endpoints.push?.answers["200"] ?? 0;
  expect({ duplicates, pushes }).toEqual({ duplicates: 0, pushes: 4 });
  expect(await api.get<QuotaView>(`/v1/channels/${channelId}/quota`)).toMatchObject({
    used: pushes,
    reserved: 0,
  });
});
