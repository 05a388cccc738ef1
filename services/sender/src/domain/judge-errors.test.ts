import { describe, expect, it } from "vitest";

import type { Batch, Recipient } from "./batch.ts";
import { judgeErrors } from "./judge-errors.ts";
import { createMemory } from "./memory.ts";

interface Group {
  readonly variant: string;
  readonly accepted?: number;
  readonly refused?: number;
  readonly open?: number;
}

const some = (count: number, one: Recipient): Recipient[] =>
  Array.from({ length: count }, () => one);

/** A multicast of these people; whoever has no end yet is in the second of two halves that LINE refused as one. */
const batchOf = (groups: readonly Group[]): Batch => {
  const { batch } = createMemory(1, "multicast");
  const recipients = groups.flatMap(({ variant, accepted = 0, refused = 0, open = 0 }) => [
    ...some(accepted, { variant, outcome: "accepted" }),
    ...some(refused, { variant, outcome: "refused" }),
    ...some(open, { variant }),
  ]);
  const members = recipients.flatMap(({ outcome }, index) => (outcome ? [] : [index]));
  const at = new Date();
  const call = { method: "multicast", body: "{}", retryKey: "k", attempts: 0 } as const;
  const part = { ...call, path: "3.1", members, firstAttemptAt: at, nextAt: at };
  return { ...batch, recipients, calls: members.length > 0 ? [part] : [] };
};

const judged = async (groups: readonly Group[]): Promise<"paused" | "proven" | "not yet"> => {
  const { deps } = createMemory(1, "multicast");
  let isProven = false;
  const campaigns = {
    ...deps.campaigns,
    isProven: async () => false,
    attempted: async () => [],
    pause: async () => true,
    prove: async () => void (isProven = true),
  };
  if (await judgeErrors({ campaigns }, batchOf(groups), 1)) return "paused";
  return isProven ? "proven" : "not yet";
};

const good = [
  { variant: "A", accepted: 160 },
  { variant: "B", accepted: 160 },
];

describe("a campaign of variants", () => {
  it("is proven by each of them, and by many where one has next to nobody", async () => {
    expect(await judged(good)).toBe("proven");
    expect(await judged([...good, { variant: "C", accepted: 1 }])).toBe("proven");
    expect(await judged([...good, { variant: "control" }])).toBe("proven");
  });

  it("is not proven while it is not known of whom LINE refuses one", async () => {
    expect(await judged([...good, { variant: "C", open: 230 }])).toBe("not yet");
    expect(await judged([...good, { variant: "C", refused: 4, open: 226 }])).toBe("not yet");
    expect(await judged([...good, { variant: "C", refused: 10, open: 220 }])).toBe("paused");
  });

  it("is proven while somebody is open of a variant that LINE takes", async () => {
    expect(await judged([...good, { variant: "C", accepted: 60, open: 40 }])).toBe("proven");
  });
});
