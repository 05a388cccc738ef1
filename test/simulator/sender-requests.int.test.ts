import { describe, expect, it } from "vitest";

import { campaignMetrics } from "../chaos/recount.ts";
import { provider, startWorld, type World } from "../chaos/world.ts";
import { until } from "../stack/until.ts";
import { readLineOpenapi, type LineRequest } from "./line-openapi.ts";
import { exampleRequests } from "./messages/examples.ts";

const api = readLineOpenapi("messaging-api");
const personal = { type: "text", text: "For {{ profile.displayName }} — {{ campaign.name }}" };

const send = async (world: World, messages: readonly object[], quiet: boolean): Promise<void> => {
  const { id } = await world.api.post<{ id: string }>("/v1/campaigns", {
    name: "all kinds",
    channelId: world.channelId,
    audience: { type: "friends" },
    content: { messages, ...(quiet ? { notificationDisabled: true } : {}) },
  });
  await world.api.post(`/v1/campaigns/${id}/launch`);
  await until(async () => (await campaignMetrics(world, id)).state === "done" || undefined, {
    what: "the campaign to be done",
  });
};

const sendAlone = async (world: World, to: object, messages: readonly object[]): Promise<void> => {
  const { id } = await world.api.post<{ id: string }>("/v1/messages", {
    to,
    channelId: world.channelId,
    messages,
  });
  await until(
    async () =>
      (await world.api.get<{ outcome: string | null }>(`/v1/messages/${id}`)).outcome ?? undefined,
    { what: "the message to be sent" },
  );
};

const requestsOf = ({ simulator }: World): LineRequest[] =>
  simulator.ledger.requests().map((request) => ({ ...request, method: "post" }));

describe("what the sender asks of LINE", { timeout: 600_000 }, () => {
  it("is as LINE's definition has it, for every kind of message", async () => {
    await using world = await startWorld({ seed: 1, simulator: { keepBodies: true } });
    const people = world.simulator.addPeople({ provider, count: 3 });
    world.simulator.follow(world.line.channelId, people);
    await until(
      async () =>
        (await world.store.profiles.countDocuments({ friendOf: world.channelId })) === 3 ||
        undefined,
      { what: "three friends in profiles" },
    );
    for (const [index, messages] of exampleRequests.entries()) {
      await send(world, messages, index % 2 === 0);
      await send(world, [personal, ...messages.slice(0, 4)], index % 2 === 1);
      await sendAlone(world, { provider, lineUserId: people[0] }, messages);
    }

    const requests = requestsOf(world);
    const { endpoints } = world.simulator.ledger.summary();
    expect(endpoints.multicast?.answers).toEqual({ 200: exampleRequests.length });
    expect(endpoints.push?.answers).toEqual({ 200: exampleRequests.length * 4 });
    expect(requests).toHaveLength(exampleRequests.length * 5);
    for (const request of requests) {
      expect(api.requestProblems(request)).toEqual([]);
      expect(request.headers["x-line-retry-key"]).toBeDefined();
    }
    const bodies = requests.map(
      ({ body }) => body as { messages: object[]; notificationDisabled?: boolean },
    );
    const sent = bodies.flatMap(({ messages }) => messages);
    for (const message of exampleRequests.flat()) expect(sent).toContainEqual(message);
    const quiet = bodies.filter(({ notificationDisabled }) => notificationDisabled === true);
    expect(quiet.length).toBe((exampleRequests.length / 2) * 4);
  });

  it("would not pass if it were otherwise", () => {
    const to = `U${"0".repeat(32)}`;
    const good: LineRequest = {
      method: "post",
      path: "/v2/bot/message/push",
      headers: {
        "content-type": "application/json; charset=utf-8",
        "x-line-retry-key": crypto.randomUUID(),
      },
      body: { to, messages: [{ type: "text", text: "hi" }], notificationDisabled: true },
    };
    expect(api.requestProblems(good)).toEqual([]);
    const wrong: readonly [Partial<LineRequest>, string][] = [
      [{ path: "/v2/bot/message/pushes" }, "LINE has no post /v2/bot/message/pushes"],
      [{ method: "get" }, "LINE has no get /v2/bot/message/push"],
      [{ headers: { "content-type": "text/plain" } }, "LINE takes no text/plain here"],
      [
        { headers: { ...good.headers, "x-line-retry-key": "mine" } },
        'X-Line-Retry-Key / must match format "uuid"',
      ],
      [
        { body: { messages: [{ type: "text", text: "hi" }] } },
        "/ must have required property 'to'",
      ],
      [{ body: { to, messages: [] } }, "/messages must NOT have fewer than 1 items"],
      [{ body: { to: [to], messages: [personal] } }, "/to must be string"],
      [
        { body: { to, messages: [personal], retryKey: "x" } },
        "/retryKey is no field of PushMessageRequest",
      ],
      [
        { body: { to, messages: [{ type: "image" }] } },
        "/messages/0 must have required property 'originalContentUrl'",
      ],
    ];
    for (const [change, problem] of wrong)
      expect(api.requestProblems({ ...good, ...change })).toContain(problem);
  });
});
