import type { BatchRow, PackedRecipients, RecipientRow } from "./rows/batches.ts";

/** The recipients of a batch one by one, however they are stored. */
export const recipientsOf = (row: Pick<BatchRow, "recipients" | "packed">): RecipientRow[] =>
  row.packed ? unpackRecipients(row.packed) : row.recipients;

/**
 * Five hundred people of one multicast share nearly everything, so what they share is written once: a fraction of the
 * bytes, and of the time that a database spends on every write of the row.
 */
export const packRecipients = (recipients: readonly RecipientRow[]): PackedRecipients => ({
  profileIds: recipients.map(({ profileId }) => profileId ?? ""),
  lineUserIds: column(recipients.map(({ lineUserId }) => lineUserId)),
  refs: column(recipients.map(({ ref }) => ref)),
  ...packVariants(recipients),
  ends: packEnds(recipients),
});

const unpackRecipients = (packed: PackedRecipients): RecipientRow[] => {
  const recipients = packed.profileIds.map((profileId, index): RecipientRow => {
    const lineUserId = packed.lineUserIds[index] ?? "";
    const ref = packed.refs[index] ?? "";
    const variant = variantAt(packed, index);
    return {
      ...(ref === "" ? {} : { ref }),
      ...(profileId === "" ? {} : { profileId }),
      ...(lineUserId === "" ? {} : { lineUserId }),
      ...(variant === undefined ? {} : { variant }),
    };
  });
  for (const { members, ...end } of packed.ends)
    for (const index of fromRanges(members)) Object.assign(recipients[index] ?? {}, end);
  return recipients;
};

/** Nothing at all where nobody has a value. */
const column = (values: readonly (string | undefined)[]): string[] =>
  values.some((value) => value !== undefined) ? values.map((value) => value ?? "") : [];

/** Neighbours are in different variants, so ranges would be longer than a digit each. */
const packVariants = (
  recipients: readonly RecipientRow[],
): Pick<PackedRecipients, "variants"> | undefined => {
  const names = [...new Set(recipients.flatMap(({ variant }) => variant ?? []))];
  if (names.length === 0) return undefined;
  const digits = new Map(names.map((name, place) => [name, place.toString(digitBase)]));
  const places = recipients.map(({ variant }) => digits.get(variant ?? "") ?? noDigit).join("");
  return { variants: { names, places } };
};

const variantAt = ({ variants }: PackedRecipients, index: number): string | undefined =>
  variants?.names[Number.parseInt(variants.places.charAt(index), digitBase)];

/** More than variants a campaign can have. */
const digitBase = 36;
const noDigit = "-";

const packEnds = (recipients: readonly RecipientRow[]): PackedRecipients["ends"] => {
  const groups = new Map<string, Group>();
  let last: Group | undefined;
  for (const [
    index,
    { ref: _, profileId: _id, lineUserId: _line, variant: _variant, ...end },
  ] of recipients.entries()) {
    if (end.outcome === undefined) continue;
    // Whoever was in one call has one end: as a rule the end of the neighbour, which is told without writing it out.
    if (last && isSameEnd(last.end, end)) {
      last.members.push(index);
      continue;
    }
    const key = JSON.stringify(end);
    last = groups.get(key) ?? { end, members: [] };
    last.members.push(index);
    groups.set(key, last);
  }
  return [...groups.values()].map(({ end, members }) => ({ ...end, members: toRanges(members) }));
};

type End = Omit<PackedRecipients["ends"][number], "members">;
interface Group {
  readonly end: End;
  readonly members: number[];
}

/** False also where two ends are equal but were not made together. */
const isSameEnd = (one: End, other: End): boolean =>
  one.outcome === other.outcome &&
  one.reason === other.reason &&
  one.settledAt === other.settledAt &&
  one.firstAttemptAt === other.firstAttemptAt &&
  one.lineRequestId === other.lineRequestId &&
  one.messageIds === other.messageIds;

/** Ascending indexes as `from, to, from, to`. */
export const toRanges = (indexes: readonly number[]): number[] => {
  const ranges: number[] = [];
  for (const index of indexes) {
    if (ranges.length > 0 && ranges.at(-1) === index - 1) ranges[ranges.length - 1] = index;
    else ranges.push(index, index);
  }
  return ranges;
};

export const fromRanges = (ranges: readonly number[]): number[] => {
  const indexes: number[] = [];
  for (let at = 0; at + 1 < ranges.length; at += 2)
    for (let index = ranges[at] ?? 0; index <= (ranges[at + 1] ?? -1); index += 1)
      indexes.push(index);
  return indexes;
};
