import { expect, it } from "vitest";

import { packRecipients, recipientsOf } from "./recipients.ts";
import type { PackedEnd, RecipientRow } from "./rows/batches.ts";

const at = new Date("2026-11-25T00:00:00Z");
const accepted = { outcome: "accepted", settledAt: at, lineRequestId: "r1" } as const;

it("gives back what was packed", () => {
  const recipients: RecipientRow[] = [
    { profileId: "prof_1", lineUserId: "U1", ...accepted },
    { profileId: "prof_2" },
    { ref: "user:9", outcome: "skipped", reason: "not_found", settledAt: at },
    { profileId: "prof_4", lineUserId: "U4", ...accepted },
  ];
  const packed = packRecipients(recipients);
  expect(packed.ends).toHaveLength(2);
  expect(recipientsOf({ recipients: [], packed })).toEqual(recipients);
});

it("writes what five hundred people share once", () => {
  const recipients = Array.from({ length: 500 }, (_, index) => ({
    profileId: `prof_${index}`,
    ...accepted,
  }));
  const packed = packRecipients(recipients);
  expect(packed.ends).toEqual([{ ...accepted, members: [0, 499] }]);
  expect(packed.lineUserIds).toEqual([]);
});

it("keeps everybody's variant in a letter each", () => {
  const recipients: RecipientRow[] = Array.from({ length: 500 }, (_, index) => ({
    profileId: `prof_${index}`,
    variant: ["A", "B", "Größer 🌸", "control"][(index * 7) % 4] ?? "",
    ...((index * 7) % 4 === 3 ? { outcome: "skipped", reason: "control_group" } : accepted),
  }));
  recipients.push({ profileId: "prof_of_before", ...accepted });
  const packed = packRecipients(recipients);
  expect(packed.variants?.places).toHaveLength(501);
  expect(packed.ends).toHaveLength(2);
  expect(recipientsOf({ recipients: [], packed })).toEqual(recipients);
});

it("takes unpacked rows as they are", () => {
  expect(recipientsOf({ recipients: [{ ref: "user:1" }] })).toEqual([{ ref: "user:1" }]);
});

it("writes of two hundred pushes only what is theirs", () => {
  const recipients: RecipientRow[] = Array.from({ length: 200 }, (_, index) => ({
    profileId: `prof_${index}`,
    lineUserId: `U${index}`,
    outcome: "accepted",
    firstAttemptAt: at,
    settledAt: at,
    lineRequestId: `r${index}`,
    messageIds: index % 2 === 0 ? [`1${index}`] : [`1${index}`, `2${index}`],
  }));
  recipients.push({ profileId: "prof_late" });
  const packed = packRecipients(recipients);
  expect(packed.ends).toHaveLength(1);
  expect(packed.ends[0]).toMatchObject({ members: [0, 199], outcome: "accepted" });
  expect(recipientsOf({ recipients: [], packed })).toEqual(recipients);
});

it("writes what LINE said to two hundred refused pushes once", () => {
  const recipients: RecipientRow[] = Array.from({ length: 200 }, (_, index) => ({
    profileId: `prof_${index}`,
    outcome: "refused",
    reason: "line_400",
    detail: "messages[0].text: May not be empty",
    settledAt: at,
    lineRequestId: `r${index}`,
  }));
  const packed = packRecipients(recipients);
  expect(JSON.stringify(packed).match(/May not be empty/g)).toHaveLength(1);
  expect(recipientsOf({ recipients: [], packed })).toEqual(recipients);
});

it("keeps what a list says of those who wait, and nothing of those who have an end", () => {
  const recipients: RecipientRow[] = [
    { ref: "user:1", data: { seat: "1A", deep: { rows: [1, null] } } },
    { ref: "user:2", data: {} },
    { ref: "user:3", ...accepted },
  ];
  const packed = packRecipients(recipients);
  expect(packed.data).toEqual([{ seat: "1A", deep: { rows: [1, null] } }, {}, null]);
  expect(recipientsOf({ recipients: [], packed })).toEqual(recipients);
  expect(packRecipients(recipients.slice(2))).not.toHaveProperty("data");
});

it("reads what was packed before pushes had columns", () => {
  const ends: PackedEnd[] = [
    { ...accepted, messageIds: ["11"], members: [0, 0] },
    { outcome: "skipped", reason: "control_group", settledAt: at, members: [1, 2] },
  ];
  const packed = { profileIds: ["p0", "p1", "p2", "p3"], lineUserIds: [], refs: [], ends };
  expect(recipientsOf({ recipients: [], packed })).toEqual([
    { profileId: "p0", ...accepted, messageIds: ["11"] },
    { profileId: "p1", outcome: "skipped", reason: "control_group", settledAt: at },
    { profileId: "p2", outcome: "skipped", reason: "control_group", settledAt: at },
    { profileId: "p3" },
  ]);
});

it("gives back any batch as it was, and the same when it is packed once more", () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const pick = picker(seed);
    const recipients = Array.from({ length: pick(40) }, (_, index) => anybody(pick, index));
    const back = recipientsOf({ recipients: [], packed: packRecipients(recipients) });
    expect(back, `seed ${seed}`).toEqual(recipients);
    expect(packRecipients(back), `seed ${seed}`).toEqual(packRecipients(recipients));
  }
});

/** Whole numbers below a limit, the same for the same seed. */
const picker = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

/** Also such as LINE never answers: ids that do not fit where they are kept as a rule. */
const anybody = (pick: (below: number) => number, index: number): RecipientRow => {
  const who: RecipientRow = {
    profileId: `prof_${index}`,
    ...(pick(3) === 0 ? { ref: `user:${index}` } : {}),
    ...(pick(3) === 0 ? { variant: ["A", "control"][pick(2)] ?? "" } : {}),
  };
  if (pick(3) === 0) return { ...who, ...(pick(2) === 0 ? { data: { row: index } } : {}) };
  const ids = [["1"], [`${index}`], [`${index}`, "7"], ["a\nb"], [""], []][pick(pick(5) + 2)];
  return {
    ...who,
    outcome: pick(4) === 0 ? "refused" : "accepted",
    settledAt: new Date(at.getTime() + pick(2)),
    ...(pick(4) === 0 ? {} : { lineUserId: `U${index}` }),
    ...(pick(4) === 0 ? { reason: "line_400" } : {}),
    ...(pick(4) === 0 ? {} : { firstAttemptAt: new Date(at.getTime() - pick(2)) }),
    ...(pick(4) === 0 ? {} : { lineRequestId: pick(3) === 0 ? "shared" : `r${index}` }),
    ...(pick(4) === 0 || !ids ? {} : { messageIds: ids }),
    ...(pick(9) === 0 ? { via: "reply" as const } : {}),
    ...(pick(3) === 0 ? { detail: ["No", "", `a\nb${index}`][pick(3)] ?? "" } : {}),
  };
};
