import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

import type { ProfileRow } from "@yubin/store";

import { attemptsOf, untilDone, type Raced, type RacesOptions } from "./races.ts";
import { campaignMetrics, recount, told } from "./recount.ts";
import type { World } from "./world.ts";

export type PeopleKind = "unfollow" | "suppression" | "merge";

interface Commit {
  readonly kind: PeopleKind;
  readonly who: ProfileRow;
  /** Into whom they are merged. */
  readonly into?: ProfileRow;
  at: number;
}

/** People are raced in blocks of so many, those of a pair in different batches. */
const block = 800;

/** A fourth unfollows, a fourth is suppressed, a fourth is merged into the last fourth. */
const commitsOf = ({ random }: World, people: readonly ProfileRow[]): Commit[] => {
  const commits: Commit[] = [];
  for (let from = 0; from < people.length; from += block) {
    const some = people.slice(from, from + block);
    const half = Math.floor(some.length / 2);
    const ofBlock = some.slice(0, half).flatMap((who, place): Commit[] => {
      const other = some[half + place];
      if (!other) return [];
      return place % 2 === 0
        ? [
            { kind: "unfollow", who, at: Infinity },
            { kind: "suppression", who: other, at: Infinity },
          ]
        : [{ kind: "merge", ...mergeOf(who, other, place), at: Infinity }];
    });
    commits.push(...inAnyOrder(ofBlock, random));
  }
  return commits;
};

/** Whoever is absorbed comes later in the plan, or earlier: then the survivor's turn may come within the merge. */
const mergeOf = (earlier: ProfileRow, later: ProfileRow, place: number) =>
  place % 4 === 1 ? { who: later, into: earlier } : { who: earlier, into: later };

const inAnyOrder = <Item>(items: readonly Item[], random: World["random"]): Item[] =>
  items
    .map((item) => ({ item, place: random.below(2 ** 30) }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ item }) => item);

/** One campaign to everybody, and everybody is somebody else before it is over. */
export const racePeople = async (
  world: World,
  people: readonly ProfileRow[],
  { timeoutMs }: RacesOptions,
): Promise<{ raced: Record<PeopleKind, Raced>; broken: string[] }> => {
  const campaign = await world.api.post<{ id: string }>("/v1/campaigns", {
    name: "races",
    channelId: world.channelId,
    audience: { type: "friends" },
    content: { messages: [{ type: "text", text: "[[races]] for {{ profile.displayName }}" }] },
  });
  const commits = commitsOf(world, people);
  await world.api.post(`/v1/campaigns/${campaign.id}/launch`);
  await commitAlong(world, campaign.id, { commits, people: people.length });
  await untilDone(world, [campaign.id], timeoutMs);

  const attempts = await attemptsOf(world, campaign.id);
  const raced = (kind: PeopleKind, isLate: (commit: Commit) => boolean, isFirst: typeof isLate) => {
    const all = commits.filter((one) => one.kind === kind);
    return {
      races: all.length,
      commitFirst: all.filter(isFirst).length,
      late: all.filter(isLate).length,
    };
  };
  const begunAt = ({ _id }: ProfileRow): number => attempts.get(_id) ?? Number.NaN;
  const isSent = (who: ProfileRow | undefined): boolean =>
    who !== undefined && attempts.has(who._id);
  const leaves = (kind: PeopleKind): Raced =>
    raced(
      kind,
      ({ who, at }) => begunAt(who) > at,
      ({ who }) => !isSent(who),
    );
  const merge = raced(
    "merge",
    ({ who, into, at }) =>
      into !== undefined &&
      isSent(who) &&
      isSent(into) &&
      Math.max(begunAt(who), begunAt(into)) > at,
    ({ who, into }) => isSent(who) !== isSent(into),
  );
  const counted = told(await campaignMetrics(world, campaign.id));
  const { totals } = counted;
  return {
    raced: { unfollow: leaves("unfollow"), suppression: leaves("suppression"), merge },
    broken: [
      ...(isDeepStrictEqual(counted, await recount(world, campaign.id))
        ? []
        : ["a counter differs from its recount"]),
      ...(totals.accepted + totals.skipped === totals.audience ? [] : ["somebody has no end"]),
    ],
  };
};

const atOnce = 20;

/** Always about those who are being sent to just now: some before their turn, some after it. */
const commitAlong = async (
  world: World,
  campaignId: string,
  { commits, people }: { readonly commits: Commit[]; readonly people: number },
): Promise<void> => {
  const { batches } = world.store;
  for (let done = 0; done < commits.length;) {
    const settled = await batches.countDocuments({ campaignId, state: "settled" });
    const due = Math.min(commits.length, ((settled * 200 + block) / people) * commits.length);
    if (done >= due) await pause(5);
    for (; done < due; done += atOnce) await commit(world, commits.slice(done, done + atOnce));
  }
};

/**
 * As identity does (ADR 0010): of a merge the loser's pointer is the commit; the survivor has a mark before that, which
 * its next write takes away as it takes the loser in.
 */
const commit = async (
  { store: { profiles }, channelId }: World,
  commits: readonly Commit[],
): Promise<void> => {
  const merges = commits.flatMap(({ who, into }) => (into ? [{ who, into }] : []));
  const writeSurvivors = async (updateOf: (who: ProfileRow) => object): Promise<void> => {
    const writes = merges.map(({ who, into }) => ({
      updateOne: { filter: { _id: into._id }, update: updateOf(who) },
    }));
    if (writes.length > 0) await profiles.bulkWrite(writes, { ordered: false });
  };
  await writeSurvivors(() => ({ $set: { absorbing: [mergeId] } }));
  await profiles.bulkWrite(
    commits.map(({ kind, who, into }) => ({
      updateOne: {
        filter: { _id: who._id },
        update: { $set: changeOf(kind, { channelId, into }) },
      },
    })),
    { ordered: false },
  );
  const at = Date.now();
  for (const one of commits) one.at = at;
  await writeSurvivors((who) => ({
    $push: { mergedFrom: who._id, lineAccounts: { $each: who.lineAccounts } },
    $set: { absorbing: [] },
  }));
};

const mergeId = "race";

const changeOf = (
  kind: PeopleKind,
  { channelId, into }: { readonly channelId: string; readonly into: ProfileRow | undefined },
): Record<string, unknown> => {
  if (kind === "unfollow")
    return { friendOf: [], [`lineAccounts.0.friendship.${channelId}.state`]: "blocked" };
  if (kind === "suppression") return { suppression: { reason: "asked", at: new Date() } };
  return { mergedInto: into?._id, mergeId };
};
