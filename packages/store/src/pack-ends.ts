import { fromRanges, toRanges } from "./ranges.ts";
import type { PackedEnd, RecipientRow } from "./rows/batches.ts";

/** How a delivery ended, with LINE's words where it refused, which are the same for many. */
type End = Pick<
  RecipientRow,
  "outcome" | "reason" | "detail" | "firstAttemptAt" | "settledAt" | "via"
>;
/** The ids that LINE gave a call. */
type Said = Pick<RecipientRow, "lineRequestId" | "messageIds">;

interface Ended {
  readonly end: End;
  readonly members: { readonly index: number; readonly said: Said }[];
}

/** Everybody who has an end, each end once; everybody in one multicast shares what LINE said as well. */
export const packEnds = (recipients: readonly RecipientRow[]): PackedEnd[] =>
  endedAlike(recipients).flatMap(({ end, members }) => {
    const calls = groupBySaid(members);
    if (isShorterByCall(calls, members) || !calls.every(fitsLines))
      return calls.map(({ said, indexes }): PackedEnd => ({
        ...end,
        ...said,
        members: toRanges(indexes),
      }));
    const each = {
      lineRequestIds: members.map(({ said }) => said.lineRequestId ?? ""),
      messageIds: members.map(({ said }) => (said.messageIds ?? []).join("\n")),
    };
    return { ...end, members: toRanges(members.map(({ index }) => index)), each };
  });

/** The ends one by one, with the indexes of those whose they are. */
export const unpackEnds = (ends: readonly PackedEnd[]): [index: number, end: End & Said][] =>
  ends.flatMap(({ members, each, ...end }) =>
    fromRanges(members).map((index, place): [number, End & Said] => [
      index,
      each ? { ...end, ...saidAt(each, place) } : end,
    ]),
  );

const endedAlike = (recipients: readonly RecipientRow[]): Ended[] => {
  const groups = new Map<string, Ended>();
  let last: Ended | undefined;
  for (const [index, recipient] of recipients.entries()) {
    if (recipient.outcome === undefined) continue;
    // As a rule it is the end of the neighbour, which is told without writing it out.
    if (!last || !isMadeWith(last.end, recipient)) {
      const end = endOf(recipient);
      const key = JSON.stringify(end);
      last = groups.get(key) ?? { end, members: [] };
      groups.set(key, last);
    }
    last.members.push({ index, said: saidOf(recipient) });
  }
  return [...groups.values()];
};

/** False also where two ends are equal but were not made together. */
const isMadeWith = (end: End, other: End): boolean =>
  end.outcome === other.outcome &&
  end.reason === other.reason &&
  end.detail === other.detail &&
  end.settledAt === other.settledAt &&
  end.firstAttemptAt === other.firstAttemptAt &&
  end.via === other.via;

const endOf = ({ outcome, reason, detail, firstAttemptAt, settledAt, via }: RecipientRow): End => ({
  ...(outcome === undefined ? {} : { outcome }),
  ...(reason === undefined ? {} : { reason }),
  ...(detail === undefined ? {} : { detail }),
  ...(firstAttemptAt === undefined ? {} : { firstAttemptAt }),
  ...(settledAt === undefined ? {} : { settledAt }),
  ...(via === undefined ? {} : { via }),
});

const saidOf = ({ lineRequestId, messageIds }: Said): Said => ({
  ...(lineRequestId === undefined ? {} : { lineRequestId }),
  ...(messageIds === undefined ? {} : { messageIds }),
});

const saidAt = (
  { lineRequestIds, messageIds }: NonNullable<PackedEnd["each"]>,
  place: number,
): Said => {
  const [requestId, ids] = [lineRequestIds[place] ?? "", messageIds[place] ?? ""];
  return {
    ...(requestId === "" ? {} : { lineRequestId: requestId }),
    ...(ids === "" ? {} : { messageIds: ids.split("\n") }),
  };
};

interface OfOneCall {
  readonly said: Said;
  readonly indexes: number[];
}

const groupBySaid = (members: Ended["members"]): OfOneCall[] => {
  const groups = new Map<string, OfOneCall>();
  let last: OfOneCall | undefined;
  for (const { index, said } of members) {
    const { lineRequestId, messageIds } = said;
    const isSame =
      last?.said.lineRequestId === lineRequestId && last?.said.messageIds === messageIds;
    if (!last || !isSame) {
      const key = JSON.stringify([lineRequestId, messageIds]);
      last = groups.get(key) ?? { said, indexes: [] };
      groups.set(key, last);
    }
    last.indexes.push(index);
  }
  return [...groups.values()];
};

/** A row for each call, unless there are nearly as many calls as people: then what LINE said stands in columns. */
const isShorterByCall = (calls: readonly OfOneCall[], members: Ended["members"]): boolean =>
  calls.length === 1 || calls.length * 2 <= members.length;

/** LINE's ids do; whatever it sends, it comes back as it was. */
const fitsLines = ({ said: { lineRequestId, messageIds } }: OfOneCall): boolean =>
  lineRequestId !== "" &&
  (messageIds === undefined ||
    (messageIds.length > 0 && messageIds.every((id) => id !== "" && !id.includes("\n"))));
