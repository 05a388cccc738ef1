import { expect, it } from "vitest";

import { createLineBetween } from "./line-between.ts";
import { countsOf, openWorld, until } from "./open-world.ts";

const badRequest = (res: { writeHead(status: number): { end(body: string): unknown } }): void =>
  void res.writeHead(400).end('{"message":"The request body has 1 error(s)"}');

it.each([
  ["personal, by push", "hello {{ profile.displayName }}", 100],
  ["identical, by multicast", "hello", 40],
])(
  "a campaign of which LINE refuses all is paused after its first hundred calls: %s",
  async (_, text, callsMax) => {
    await using between = createLineBetween();
    await using world = await openWorld({ between: between.open });
    await world.addFriends(1_200);
    between.spoil = ({ path }) =>
      /message\/(push|multicast)$/.test(path) ? { passedOn: false, reply: badRequest } : undefined;
    const id = await world.launch({ text: `[[m]] ${text}`, personal: text.includes("{{") });
    await until(async () => (await world.campaign(id)).state === "paused", { what: "the pause" });
    expect(await world.campaign(id)).toMatchObject({ stateReason: "errors", proven: true });
    const { counted } = await countsOf(world, id);
    expect(counted.accepted).toBe(0);
    expect(between.requests.length).toBeLessThanOrEqual(callsMax);
  },
);

it("a few whom LINE refuses stop nobody else, and people may go on with a campaign that was paused", async () => {
  await using between = createLineBetween();
  await using world = await openWorld({ between: between.open });
  const [bad] = await world.addFriends(300);
  between.spoil = ({ body }) =>
    body.includes(bad ?? "") ? { passedOn: false, reply: badRequest } : undefined;
  const id = await world.launch({ text: "[[m]] {{ profile.displayName }}" });
  await world.untilDone(id);
  expect((await countsOf(world, id)).counted).toMatchObject({ accepted: 299, refused: 1 });
  expect((await world.campaign(id)).proven).toBe(true);

  between.spoil = () => ({ passedOn: false, reply: badRequest });
  const other = await world.launch({ text: "[[m]] {{ profile.displayName }}" });
  await until(async () => (await world.campaign(other)).state === "paused", { what: "the pause" });
  between.spoil = () => undefined;
  await world.store.campaigns.updateOne(
    { _id: other },
    { $set: { state: "sending", stateReason: null, nextAt: new Date(0) }, $inc: { run: 1 } },
  );
  await world.untilDone(other);
  const { counted, recounted } = await countsOf(world, other);
  expect(counted).toEqual(recounted);
  expect(counted).toMatchObject({ audience: 300, accepted: 200, refused: 100 });
});

it("a campaign of which LINE refuses all is paused also where each batch has only a few who are sent something", async () => {
  await using between = createLineBetween();
  await using world = await openWorld({ between: between.open });
  const people = await world.addFriends(100);
  between.spoil = ({ path }) =>
    path.endsWith("message/push") ? { passedOn: false, reply: badRequest } : undefined;
  // Ten in each batch of 200: too few to say anything by themselves.
  const profiles = await world.store.profiles
    .find({ "lineAccounts.lineUserId": { $in: people } })
    .toArray();
  const refs = profiles.flatMap(({ _id }, at) => [
    _id,
    ...Array.from({ length: 19 }, (_, place) => `user:nobody-${at}-${place}`),
  ]);
  const audience = { type: "refs" as const, refs };
  const id = await world.launch({ text: "[[m]] {{ profile.displayName }}", audience });
  const hasEnded = async (): Promise<boolean> =>
    ["paused", "done"].includes((await world.campaign(id)).state);
  await until(hasEnded, { what: "the pause" });
  expect(await world.campaign(id)).toMatchObject({ state: "paused", stateReason: "errors" });
  expect(between.requests.length).toBeLessThanOrEqual(40);
});
