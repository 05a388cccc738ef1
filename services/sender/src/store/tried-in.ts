import { fromRanges, type BatchRow } from "@yubin/store";

/** Who of a batch was sent something, or may have been, and who is about to be; by profile. */
export interface Tried {
  readonly at: ReadonlyMap<string, Date>;
  readonly announced: ReadonlySet<string>;
}

/** What tells it: not the bytes of open calls, nor what a list says of people, which are many times as much. */
export const triedFields = {
  state: 1,
  profileId: 1,
  claim: 1,
  announced: 1,
  "calls.members": 1,
  "calls.firstAttemptAt": 1,
  "packed.profileIds": 1,
  "packed.ends.members": 1,
  "packed.ends.outcome": 1,
  "packed.ends.firstAttemptAt": 1,
  "recipients.profileId": 1,
  "recipients.outcome": 1,
  "recipients.firstAttemptAt": 1,
} as const;

/** A batch with these fields. */
export type TriedRow = Pick<
  BatchRow,
  "_id" | "state" | "profileId" | "claim" | "announced" | "recipients"
> & {
  readonly calls: readonly Pick<BatchRow["calls"][number], "members" | "firstAttemptAt">[];
  readonly packed?: Pick<NonNullable<BatchRow["packed"]>, "profileIds" | "ends"> | null;
};

export const triedIn = (row: TriedRow): Tried => {
  const { recipients, packed, calls, claim } = row;
  // Of a message on its own the row says who that turned out to be.
  const profileIds =
    packed?.profileIds ?? recipients.map((one) => row.profileId ?? one.profileId ?? "");
  const ends =
    packed?.ends ?? recipients.map((one, index) => ({ ...one, members: [index, index] }));
  const at = new Map<string, Date>();
  const tried = (members: readonly number[], firstAttemptAt: Date | undefined): void => {
    if (!firstAttemptAt) return;
    for (const index of fromRanges(members)) at.set(profileIds[index] ?? "", firstAttemptAt);
  };
  for (const { members, outcome, firstAttemptAt } of ends)
    if (outcome === "accepted" || outcome === "unknown") tried(members, firstAttemptAt);
  for (const { members, firstAttemptAt } of calls) tried(members, firstAttemptAt);
  // Whoever has lost the claim, or is about to, may not know it yet.
  const announced = claim ? fromRanges(row.announced ?? []) : [];
  return { at, announced: new Set(announced.map((index) => profileIds[index] ?? "")) };
};
