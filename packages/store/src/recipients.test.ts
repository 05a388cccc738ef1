import { expect, it } from "vitest";

import { fromRanges, packRecipients, recipientsOf, toRanges } from "./recipients.ts";
import type { RecipientRow } from "./rows/batches.ts";

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

it.each([
  [[], []],
  [[3], [3, 3]],
  [
    [0, 1, 2, 5, 7, 8],
    [0, 2, 5, 5, 7, 8],
  ],
])("writes %j as %j and back", (indexes, ranges) => {
  expect(toRanges(indexes)).toEqual(ranges);
  expect(fromRanges(ranges)).toEqual(indexes);
});
