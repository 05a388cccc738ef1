import { sendRulesOf } from "@yubin/types";
import { recipientsOf } from "@yubin/store";
import { beforeAll, afterAll, describe, expect, it } from "vitest";

import { countsOf, openWorld, until, workspaceId, type World } from "./open-world.ts";

const resources = new AsyncDisposableStack();
let world: World;
let nowMs = Date.parse("2026-11-26T03:00:00Z"); // noon in Tokyo
beforeAll(async () => {
  world = resources.use(await openWorld({ sender: { now: () => new Date(nowMs) } }));
});
afterAll(() => resources.disposeAsync());

const night = { from: "21:00", to: "08:00", zone: "Asia/Tokyo", do: "hold" } as const;

/** People who follow, each as the test wants them; their profile ids. */
const people = async (more: readonly object[]): Promise<string[]> => {
  const lineUserIds = world.simulator.addPeople({ provider: "acme", count: more.length });
  world.simulator.follow(world.line.channelId, lineUserIds);
  return Promise.all(
    more.map((one, place) =>
      world.addProfile({ ...one, lineUserId: lineUserIds[place] ?? "", state: "following" }),
    ),
  );
};

const launchTo = (ids: readonly string[], more: object, text = "hello"): Promise<string> =>
  world.launch({ text, audience: { type: "refs", refs: [...ids] }, more });

const endsOf = async (campaignId: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await world.batchesOf(campaignId)).flatMap((row) =>
      recipientsOf(row).map(({ profileId, outcome, reason }) => [
        profileId ?? "",
        reason ?? outcome ?? "queued",
      ]),
    ),
  );

const at = new Date();
const said = (granted: boolean) => ({ offers: { granted, at, source: "test" } });

describe.each(["hello", "hello {{ profile.displayName }}"])("a campaign with %j", (text) => {
  it("is sent to who did not object to its purpose, or agreed where that is required", async () => {
    const [no, yes, silent] = await people([
      { consents: said(false) },
      { consents: said(true) },
      {},
    ]);
    const ids = [no ?? "", yes ?? "", silent ?? ""];
    const first = await launchTo(ids, { purpose: "offers" }, text);
    await world.untilDone(first);
    expect(Object.values(await endsOf(first))).toEqual(["no_consent", "accepted", "accepted"]);

    const rules = { consentRequired: ["offers"] };
    await world.store.workspaces.updateOne({ _id: workspaceId }, { $set: rules }, { upsert: true });
    await new Promise((resolve) => setTimeout(resolve, 5_100)); // rules are remembered for 5 s
    const second = await launchTo(ids, { purpose: "offers" }, text);
    await world.untilDone(second);
    expect(Object.values(await endsOf(second))).toEqual(["no_consent", "accepted", "no_consent"]);
    await world.store.workspaces.deleteOne({ _id: workspaceId });
    await new Promise((resolve) => setTimeout(resolve, 5_100));
  });

  it("lets people wait while it is night where they live, and the others do not wait for them", async () => {
    nowMs = Date.parse("2026-11-26T13:00:00Z"); // 22:00 in Tokyo, 13:00 in London
    const [tokyo, london] = await people([{}, { traits: { timezone: "Europe/London" } }]);
    const rules = { ...sendRulesOf({}), quietHours: night };
    const id = await launchTo([tokyo ?? "", london ?? ""], { rules }, text);
    await until(async () => (await endsOf(id))[london ?? ""] === "accepted", { what: "London" });
    expect((await endsOf(id))[tokyo ?? ""]).toBe("queued");
    expect((await world.campaign(id)).state).toBe("sending");
    nowMs = Date.parse("2026-11-26T23:00:30Z");
    const done = await world.untilDone(id);
    expect((await endsOf(id))[tokyo ?? ""]).toBe("accepted");
    expect(done.state).toBe("done");
  });

  it("is not sent to who had as many messages as they may, of campaigns and messages with a purpose", async () => {
    nowMs = Date.parse("2026-11-27T03:00:00Z");
    const [one = "", two = "", three = ""] = await people([{}, {}, {}]);
    await world.untilDone(await launchTo([one], {}, text));
    const capped = { rules: { ...sendRulesOf({}), cap: { messages: 1, days: 7 } } };
    for (const [to, purpose] of [
      [two, "offers"],
      [three, undefined],
    ] as const)
      await world.untilSettled(
        await world.message({
          to,
          messages: [{ type: "text", text }],
          ...(purpose === undefined ? {} : { purpose }),
        }),
      );
    const second = await launchTo([one, two, three], capped, text);
    await world.untilDone(second);
    expect(await endsOf(second)).toEqual({
      [one]: "over_cap",
      [two]: "over_cap",
      [three]: "accepted",
    });
    const { counted, recounted } = await countsOf(world, second);
    expect(counted).toEqual(recounted);

    nowMs += 7 * 86_400_000 + 60_000;
    const third = await launchTo([one, two], capped, text);
    await world.untilDone(third);
    expect(await endsOf(third)).toEqual({ [one]: "accepted", [two]: "accepted" });
  });
});

it("a message on its own keeps to what it says, and to the workspace only where it has a purpose", async () => {
  nowMs = Date.parse("2026-12-26T13:00:00Z"); // 22:00 in Tokyo
  await world.store.workspaces.updateOne(
    { _id: workspaceId },
    { $set: { quietHours: { ...night, do: "skip" } } },
    { upsert: true },
  );
  await new Promise((resolve) => setTimeout(resolve, 5_100));
  const [to = ""] = await people([{}]);
  const messages = [{ type: "text", text: "receipt" }];
  const reasonOf = async (more: object): Promise<string | undefined> => {
    const row = await world.untilSettled(await world.message({ to, messages, ...more }));
    return row.recipients[0]?.reason ?? row.recipients[0]?.outcome;
  };
  expect(await reasonOf({})).toBe("accepted");
  expect(await reasonOf({ purpose: "offers" })).toBe("quiet_hours");
  expect(await reasonOf({ purpose: "offers", quietHours: null })).toBe("quiet_hours");
  expect(await reasonOf({ purpose: "offers", quietHours: "none" })).toBe("accepted");
  expect(await reasonOf({ sendBefore: new Date(nowMs - 1).toISOString() })).toBe("expired");
  await world.store.workspaces.deleteOne({ _id: workspaceId });
});
