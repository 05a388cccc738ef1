import { createSimulator } from "@yubin/simulator";
import { checkLineMessages, type LineMessage } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readLineOpenapi } from "./line-openapi.ts";
import { actionLimits } from "./messages/action-limits.ts";
import { exampleRequests } from "./messages/examples.ts";
import { flexComponentLimits } from "./messages/flex-component-limits.ts";
import { flexContainerLimits } from "./messages/flex-container-limits.ts";
import { imagemapLimits } from "./messages/imagemap-limits.ts";
import { mediaMessageLimits } from "./messages/media-limits.ts";
import type { Message } from "./messages/message-limit.ts";
import { spoiltExamples } from "./messages/spoil.ts";
import { templateLimits } from "./messages/template-limits.ts";
import { textMessageLimits } from "./messages/text-limits.ts";

const api = readLineOpenapi("messaging-api");
const simulator = createSimulator();
let authorization: string;
beforeAll(async () => {
  await simulator.start();
  const { channelId, accessToken } = simulator.addChannel();
  // Thousands of examples in a second or two are more than LINE would take.
  simulator.updateChannel(channelId, { rates: { validate: { limit: 100_000, perMs: 1_000 } } });
  authorization = `Bearer ${accessToken}`;
});
afterAll(() => simulator.stop());

/** What the stand-in says of messages without sending them: nothing, or where they are wrong. */
const refusedBySimulator = async (messages: readonly Message[], endpoint = "push") => {
  const answer = await fetch(`${simulator.url}/v2/bot/message/validate/${endpoint}`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ messages }),
  });
  const body = (await answer.json()) as { details?: { property: string }[] };
  if (answer.status === 200) return [];
  expect(answer.status).toBe(400);
  return (body.details ?? []).map(({ property }) => property);
};

/** As a caller's request would bring it. */
const overTheWire = (message: Message): Message => JSON.parse(JSON.stringify(message)) as Message;

describe.each([
  ["texts", textMessageLimits],
  ["media", mediaMessageLimits],
  ["imagemaps", imagemapLimits],
  ["templates", templateLimits],
  ["actions and quick replies", actionLimits],
  ["flex containers", flexContainerLimits],
  ["flex components", flexComponentLimits],
])("LINE's limits of %s", (_what, rows) => {
  it.each(rows)("$name", async ({ good, bad, field, code = "line_limit", oursAlone }) => {
    const at = `messages[0].${field}`;
    const [within, beyond] = [overTheWire(good), overTheWire(bad)];
    expect(checkLineMessages([within], { toGroup: true })).toBeUndefined();
    expect(checkLineMessages([beyond], { toGroup: true })).toMatchObject({ code, field: at });

    expect(await refusedBySimulator([within])).toEqual([]);
    const refusedAt = await refusedBySimulator([beyond]);
    expect(refusedAt.includes(at)).toBe(!oursAlone);

    expect(api.problems("ValidateMessageRequest", { messages: [within] })).toEqual([]);
  });
});

const text = { type: "text", text: "a" };
const times = (count: number): LineMessage[] => Array.from({ length: count }, () => text);

it("takes 1 to 5 messages", async () => {
  for (const count of [1, 5]) {
    expect(checkLineMessages(times(count))).toBeUndefined();
    expect(await refusedBySimulator(times(count))).toEqual([]);
  }
  for (const count of [0, 6]) {
    expect(checkLineMessages(times(count))).toMatchObject({
      code: "line_limit",
      field: "messages",
    });
    expect(await refusedBySimulator(times(count))).toEqual(["messages"]);
  }
});

it("takes 2 MB and no more", () => {
  const overhead = JSON.stringify([{ ...text, more: "" }]).length;
  const of = (bytes: number) => [{ ...text, more: "a".repeat(bytes - overhead) }];
  expect(checkLineMessages(of(2_000_000))).toBeUndefined();
  expect(checkLineMessages(of(2_000_001))).toMatchObject({
    code: "request_too_large",
    field: "messages",
  });
});

it.each(exampleRequests.flat())(
  "takes all that a $type can have, with everybody else",
  async (message) => {
    expect(checkLineMessages([message])).toBeUndefined();
    expect(await refusedBySimulator([message])).toEqual([]);
    expect(api.problems("ValidateMessageRequest", { messages: [message] })).toEqual([]);
  },
);

it("agrees with the stand-in and LINE's definition about examples that are wrong in any one place", async () => {
  const spoilt = spoiltExamples();
  const differences: string[] = [];
  let refused = 0;
  for (const { message, what } of spoilt) {
    const sent = overTheWire(message);
    const problem = typeof sent.type === "string" ? checkLineMessages([sent]) : "no type";
    const properties = await refusedBySimulator([sent]);
    if (problem) refused += 1;
    if ((problem !== undefined) !== properties.length > 0)
      differences.push(`${what}: ${JSON.stringify(problem)}, ${properties.join()}`);
    // LINE's definition has no null, which is no reason to refuse what many serializers write.
    if (problem || what.endsWith("= null")) continue;
    const unfit = api.problems("ValidateMessageRequest", { messages: [sent] });
    if (unfit.length > 0) differences.push(`${what}: ${unfit.join()}`);
  }
  expect(differences).toEqual([]);
  expect(refused).toBeGreaterThan(spoilt.length / 2);
});

describe("a mention", () => {
  const message: Message = {
    type: "textV2",
    text: "{all} hi",
    substitution: { all: { type: "mention", mentionee: { type: "all" } } },
  };
  const field = "messages[0].substitution.all.type";

  it("goes to groups and rooms, not to people", async () => {
    expect(checkLineMessages([message], { toGroup: true })).toBeUndefined();
    expect(checkLineMessages([message])).toMatchObject({ code: "line_limit", field });
    expect(await refusedBySimulator([message], "reply")).toEqual([]);
    for (const endpoint of ["multicast", "broadcast", "narrowcast"])
      expect(await refusedBySimulator([message], endpoint)).toEqual([field]);
  });

  it("is refused when it is pushed to a person, and sent to a group", async () => {
    const { channelId, accessToken } = simulator.addChannel();
    const people = simulator.addPeople({ count: 2 });
    const { groupId } = simulator.groups.join(channelId, people);
    const push = async (to: string | undefined) => {
      const answer = await fetch(`${simulator.url}/v2/bot/message/push`, {
        method: "POST",
        headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
        body: JSON.stringify({ to, messages: [message] }),
      });
      return answer.status;
    };
    expect(await push(people[0])).toBe(400);
    expect(await push(groupId)).toBe(200);
  });
});
