import { describe, expect, it } from "vitest";
import { assignVariant } from "@yubin/types";

import { applyAnswers } from "./apply-answer.ts";
import { askPermission } from "./ask-permission.ts";
import { tallyOf, waitingIn, type Batch, type Recipient } from "./batch.ts";
import { deliverBatch } from "./deliver-batch.ts";
import { forgetIn } from "./forget-in.ts";
import { freezeCalls } from "./freeze-calls.ts";
import { judgeErrors } from "./judge-errors.ts";
import { createMemory, slotsAt, type Memory } from "./memory.ts";
import { withVariant } from "./variants.ts";

const now = new Date("2026-11-25T00:00:00Z");
const ref = { workspaceId: "ws_main", batchId: "camp_1/000000" };
const { signal } = new AbortController();
const variants = ["A", "B", "C"].map((name, at) => ({
  name,
  weight: at + 1,
  messages: [{ type: "text" as const, text: `words of ${name}` }],
}));
const content = { variants, controlPercent: 20 };

/** A batch as planning makes it of a campaign of three variants, where one in five gets nothing. */
const setup = (count: number, method: Batch["method"], personal = false): Memory => {
  const memory = createMemory(count, method);
  memory.campaign = {
    ...memory.campaign,
    content: personal
      ? {
          ...content,
          variants: variants.map((one) => ({
            ...one,
            messages: [{ type: "text", text: `${one.name} for {{ profile.displayName }}` }],
          })),
        }
      : content,
  };
  const recipients = memory.batch.recipients.map((one) => withVariant(memory.campaign, one, now));
  memory.batch = { ...memory.batch, recipients };
  return memory;
};

/** Who got which words, by what LINE accepted. */
const wordsByPerson = (memory: Memory): Map<string, string[]> => {
  const words = new Map<string, string[]>();
  for (const body of memory.bodies.values()) {
    const { to, messages } = JSON.parse(body) as {
      to: string | string[];
      messages: { text: string }[];
    };
    for (const id of [to].flat())
      words.set(id, [...(words.get(id) ?? []), ...messages.map(({ text }) => text)]);
  }
  return words;
};

const deliverToTheEnd = async (memory: Memory): Promise<void> => {
  for (let round = 0; round < 200 && !memory.settled; round += 1) {
    const delivered = await deliverBatch(memory.deps, ref, signal).catch(() => undefined);
    memory.nowMs += delivered?.kind === "again" ? delivered.afterMs + 1 : 20_000;
  }
};

describe("a recipient as planned", () => {
  const plan = (recipient: Recipient) => withVariant({ id: "camp_1", content }, recipient, now);
  const inControl = ["prof_2", "prof_4"];

  it("is in the group that follows from campaign and profile", () => {
    expect(plan({ profileId: "prof_1", ref: "user:1" })).toEqual({
      profileId: "prof_1",
      ref: "user:1",
      variant: assignVariant({ campaignId: "camp_1", ...content }, "prof_1"),
    });
  });

  it("gets nothing in the control group, and keeps nothing that was for their words", () => {
    for (const profileId of inControl)
      expect(plan({ profileId, ref: "user:1", data: { seat: 1 } })).toEqual({
        profileId,
        ref: "user:1",
        variant: "control",
        outcome: "skipped",
        reason: "control_group",
        settledAt: now,
      });
  });

  it("who leads to nobody or was left out is in no group, whatever they would be drawn for", () => {
    const end = { outcome: "skipped", settledAt: now } as const;
    const lost = { ref: "user:x", reason: "not_found", ...end };
    const excluded = { profileId: inControl[0] ?? "", reason: "excluded", ...end };
    for (const one of [lost, excluded])
      expect(plan(one)).toEqual({ ...one, variant: "unassigned" });
  });

  it("is in none where everybody gets the same", () => {
    const same = { id: "camp_1", content: { messages: [] } };
    expect(withVariant(same, { profileId: "prof_1" }, now)).toEqual({ profileId: "prof_1" });
  });
});

describe.each([
  ["multicast", false],
  ["push", false],
  ["push", true],
] as const)("a batch of variants by %s, personal: %s", (method, personal) => {
  it("gives each person the words of their variant once, and the control group nothing", async () => {
    const memory = setup(200, method, personal);
    await deliverToTheEnd(memory);
    const words = wordsByPerson(memory);
    for (const [index, { variant }] of memory.batch.recipients.entries()) {
      const theirs = personal ? `${variant} for Name ${index}` : `words of ${variant}`;
      expect(words.get(`U${index}`)).toEqual(variant === "control" ? undefined : [theirs]);
    }
  });

  it("comes silently where the variant says so, and only there", async () => {
    const memory = setup(60, method, personal);
    const { campaign } = memory;
    if (!("variants" in campaign.content)) throw new Error("no variants");
    const silent = campaign.content.variants.map((one) =>
      one.name === "B" ? { ...one, notificationDisabled: true } : one,
    );
    memory.campaign = { ...campaign, content: { ...campaign.content, variants: silent } };
    await deliverToTheEnd(memory);
    const quiet = Map.groupBy(memory.bodies.values(), (body) =>
      body.includes('"notificationDisabled":true'),
    );
    expect(quiet.get(true)?.every((body) => /B for|of B/.test(body))).toBe(true);
    expect(quiet.get(false)?.every((body) => /[AC] for|of [AC]/.test(body))).toBe(true);
  });

  it("is the same whatever dies where", async () => {
    const steps: string[] = [];
    await deliverBatch(
      { ...setup(60, method).deps, step: (name) => void steps.push(name) },
      ref,
      signal,
    );
    for (let place = 0; place < steps.length; place += 1) {
      const memory = setup(60, method, personal);
      const before = memory.batch.recipients.map(({ variant }) => variant);
      let dead = false;
      let at = 0;
      const step = (): void => {
        dead ||= at === place;
        at += 1;
        if (dead) throw new Error("died");
      };
      const batches: Memory["deps"]["batches"] = {
        ...memory.deps.batches,
        save: async (...args) => (dead ? false : memory.deps.batches.save(...args)),
      };
      await deliverBatch({ ...memory.deps, batches, step }, ref, signal).catch(() => undefined);
      await deliverToTheEnd(memory);
      expect(memory.batch.recipients.map(({ variant }) => variant)).toEqual(before);
      expect([...wordsByPerson(memory).values()].filter((all) => all.length !== 1)).toEqual([]);
      expect(wordsByPerson(memory).size).toBe(before.filter((one) => one !== "control").length);
    }
  });
});

it("somebody who is forgotten stays a number of their variant", async () => {
  const memory = setup(60, "multicast");
  const before = memory.batch.recipients.map(({ variant }) => variant);
  const of = (name: string) => memory.batch.recipients.findIndex(({ variant }) => variant === name);
  const profileIds = new Set([`prof_${of("A")}`, `prof_${of("control")}`]);
  const names = { profileIds, lineUserIds: new Set<string>(), refs: new Set<string>() };
  const { batch } = forgetIn(memory.batch, names, { now, isLate: false });
  expect(batch.recipients.map(({ variant }) => variant)).toEqual(before);
  expect(batch.recipients[of("A")]).toMatchObject({ outcome: "skipped", reason: "erased" });
  expect(batch.recipients[of("control")]?.reason).toBe("control_group");
});

describe("the numbers of a batch", () => {
  it("are the sums of those of its variants, at each moment", async () => {
    const memory = setup(100, "multicast");
    const tallies = [tallyOf(memory.batch.recipients)];
    const save = memory.deps.batches.save;
    const batches = {
      ...memory.deps.batches,
      save: async (...args: Parameters<typeof save>) => {
        tallies.push(tallyOf(args[1].after.recipients));
        return save(...args);
      },
    };
    memory.answer = ({ to }) =>
      to.length % 2 === 0
        ? { kind: "refused", status: 400, message: "messages[0]", requestId: null }
        : { kind: "accepted", requestId: "r", sentMessageIds: [] };
    await deliverBatch({ ...memory.deps, batches }, ref, signal);
    expect(tallies.length).toBeGreaterThan(2);
    for (const { counts, reasons, variantCounts = [] } of tallies) {
      const sum = (of: (one: (typeof variantCounts)[number]) => boolean): number =>
        variantCounts.filter(of).reduce((all, { count }) => all + count, 0);
      const { audience, ...outcomes } = counts;
      expect(sum(() => true)).toBe(audience);
      for (const [name, count] of Object.entries(outcomes))
        expect(sum(({ outcome }) => outcome === name)).toBe(count);
      for (const one of reasons)
        expect(sum(({ outcome, reason }) => outcome === one.outcome && reason === one.reason)).toBe(
          one.count,
        );
    }
    expect(Object.values(tallies.at(-1)?.counts ?? {}).filter((count) => count > 0)).toHaveLength(
      4,
    );
  });

  it("say nothing of variants where there are none", () => {
    expect(tallyOf([{ profileId: "prof_1" }])).not.toHaveProperty("variantCounts");
  });
});

describe("calls", () => {
  const sendables = ({ recipients }: Batch) =>
    recipients.flatMap(({ outcome, variant = "" }, index) => {
      const messages = [{ type: "text" as const, text: variant }];
      return outcome === undefined ? [{ index, lineUserId: `U${index}`, messages }] : [];
    });

  it("are one for each variant, with paths and keys of their own, also once taken back", () => {
    const { batch } = setup(100, "multicast");
    const calls = freezeCalls(batch, sendables(batch), { now });
    expect(calls).toHaveLength(3);
    for (const { members, body } of calls) {
      const { to, messages } = JSON.parse(body) as { to: string[]; messages: { text: string }[] };
      expect(to).toEqual(members.map((index) => `U${index}`));
      expect(new Set(members.map((index) => batch.recipients[index]?.variant))).toEqual(
        new Set([messages[0]?.text]),
      );
      expect(members).toEqual(members.toSorted((one, other) => one - other));
    }
    const fast = calls
      .slice(1)
      .map((call) => ({ call, answer: { kind: "rate_limited" } as const, first: true }));
    const moment = { now, random: () => 0.5 };
    const after = applyAnswers({ ...batch, calls }, fast, moment);
    const again = freezeCalls(after, sendables(after), { now });
    const keys = [...calls, ...again].map(({ retryKey }) => retryKey);
    expect(new Set(keys).size).toBe(6);
    // They were too fast together, which is once.
    expect(after.rests).toMatchObject([{ index: null, times: 1 }]);
  });

  it("are as many as are allowed, the others' people wait", async () => {
    const memory = setup(100, "multicast");
    const asked: number[] = [];
    const pacer: Memory["deps"]["pacer"] = {
      ...memory.deps.pacer,
      reserve: async (_channel, _method, { calls }) => {
        asked.push(calls);
        return { slots: slotsAt(memory.nowMs, Math.min(calls, 2)), waitMs: 0 };
      },
    };
    const permitted = await askPermission({ ...memory.deps, pacer }, memory.batch, {
      slice: { kind: "people", indexes: waitingIn(memory.batch) },
      channel: memory.channel,
      leadMs: 0,
    });
    expect(asked).toEqual([3]);
    const groups = permitted.kind === "people" ? permitted.indexes : [];
    expect(new Set(groups.map((index) => memory.batch.recipients[index]?.variant)).size).toBe(2);
  });
});

describe("a campaign of which LINE refuses one variant", () => {
  const judged = async (refused: string | undefined, attempts: number) => {
    const memory = setup(400, "push");
    const places = new Map<string, number>();
    const recipients = memory.batch.recipients.map((one): Recipient => {
      const { variant = "" } = one;
      const place = (places.get(variant) ?? 0) + 1;
      places.set(variant, place);
      if (variant === "control" || place > attempts) return one;
      return { ...one, outcome: variant === refused ? "refused" : "accepted", settledAt: now };
    });
    const batch = { ...memory.batch, recipients };
    memory.campaign = { ...memory.campaign, proven: false };
    const paused = await judgeErrors(memory.deps, batch, memory.run);
    return { paused, proven: memory.campaign.proven };
  };

  it("is paused, though most of it is taken", async () => {
    expect(await judged("A", 10)).toEqual({ paused: true, proven: false });
  });
  it("is not judged by a few", async () => {
    expect(await judged("A", 9)).toEqual({ paused: false, proven: false });
  });
  it("is known to work when a hundred of each were taken", async () => {
    expect(await judged(undefined, 40)).toEqual({ paused: false, proven: false });
    expect(await judged(undefined, 150)).toEqual({ paused: false, proven: true });
  });
});
