import { erasedRef, parseProfileRef } from "@yubin/types";

import type { Recipient } from "./batch.ts";
import type { Campaign } from "./ports.ts";

/** A batch as planning makes it. */
export interface PlannedBatch {
  readonly seq: number;
  readonly recipients: readonly Recipient[];
  /** Where planning goes on after it. */
  readonly cursor: string | null;
  readonly endOfPlan: boolean;
}

export interface PlanDeps {
  readonly plans: {
    last(campaign: Campaign): Promise<PlannedBatch | undefined>;
    /** Everyone who has a place already, for audiences that may name a person twice. */
    plannedPeople(campaign: Campaign): Promise<string[]>;
    /** Takes the number, or returns the batch that has taken it before. */
    insert(campaign: Campaign, batch: PlannedBatch, now: Date): Promise<PlannedBatch | undefined>;
  };
  readonly audience: {
    /** Everyone who follows, in the order of their ids, from a place on. */
    walkFriends(campaign: Campaign, cursor: string | null): FriendWalk;
    /** Profile ids behind references, in their order; undefined where there is nobody. */
    resolve(workspaceId: string, refs: readonly string[]): Promise<(string | undefined)[]>;
  };
  readonly now: () => Date;
  readonly batchSizes: { readonly personal: number; readonly multicast: number };
  readonly step?: (name: string) => void | Promise<void>;
}

/** Reads on where it stands, so that a long list is gone through once and not looked for again at each batch. */
export interface FriendWalk extends AsyncDisposable {
  /** The next so many profile ids; fewer only at the end. */
  next(count: number): Promise<string[]>;
}

/** A walk through the plan of one campaign; several may walk at once and come to the same batches. */
export interface Planner extends AsyncDisposable {
  /** The next batch, made here or found; `endOfPlan` closes the plan. */
  next(): Promise<PlannedBatch>;
}

/**
 * Plans without locks: each batch takes the next number as its id, and starts where the one before it ended. Whoever
 * comes second finds the batch of the first and goes on from there; the end of the plan is a number, too.
 */
export const createPlanner = async (deps: PlanDeps, campaign: Campaign): Promise<Planner> => {
  let last = await deps.plans.last(campaign);
  const people = new Set(
    campaign.audience.type === "refs" && last ? await deps.plans.plannedPeople(campaign) : [],
  );

  const friends = createFriendPages(deps, campaign);

  return {
    next: async () => {
      if (last?.endOfPlan) return last;
      const cursor = last?.cursor ?? null;
      const candidate = {
        seq: last ? last.seq + 1 : 0,
        ...(await nextPeople(deps, campaign, { cursor, people, friends })),
      };
      await deps.step?.("plan");
      last = (await deps.plans.insert(campaign, candidate, deps.now())) ?? candidate;
      await deps.step?.("planned");
      if (campaign.audience.type === "refs")
        for (const { profileId } of last.recipients) if (profileId) people.add(profileId);
      return last;
    },
    [Symbol.asyncDispose]: friends.close,
  };
};

/** Closes a plan where it stands, for a campaign that is cancelled. */
export const endPlan = async (deps: PlanDeps, campaign: Campaign): Promise<PlannedBatch> => {
  for (let last = await deps.plans.last(campaign); ;) {
    if (last?.endOfPlan) return last;
    const end = { seq: last ? last.seq + 1 : 0, recipients: [], cursor: null, endOfPlan: true };
    last = (await deps.plans.insert(campaign, end, deps.now())) ?? end;
  }
};

interface FriendPages {
  after(cursor: string | null, count: number): Promise<string[]>;
  close(): Promise<void>;
}

/** Goes on with one walk for as long as nobody else plans the same campaign, and starts another where they are. */
const createFriendPages = ({ audience }: PlanDeps, campaign: Campaign): FriendPages => {
  let walk: FriendWalk | undefined;
  let standsAt: string | null = null;
  return {
    after: async (cursor, count) => {
      if (standsAt !== cursor) await walk?.[Symbol.asyncDispose]();
      if (!walk || standsAt !== cursor) walk = audience.walkFriends(campaign, cursor);
      const ids = await walk.next(count);
      standsAt = ids.at(-1) ?? cursor;
      return ids;
    },
    close: async () => walk?.[Symbol.asyncDispose](),
  };
};

type People = Omit<PlannedBatch, "seq">;

const endOfPlan: People = { recipients: [], cursor: null, endOfPlan: true };

const nextPeople = async (
  deps: PlanDeps,
  campaign: Campaign,
  {
    cursor,
    people,
    friends,
  }: { cursor: string | null; people: ReadonlySet<string>; friends: FriendPages },
): Promise<People> => {
  const size = campaign.personal ? deps.batchSizes.personal : deps.batchSizes.multicast;
  if (campaign.audience.type === "friends") {
    const ids = await friends.after(cursor, size);
    const last = ids.at(-1);
    if (last === undefined) return endOfPlan;
    return { recipients: ids.map((profileId) => ({ profileId })), cursor: last, endOfPlan: false };
  }
  const from = Number(cursor ?? 0);
  const refs = campaign.audience.refs.slice(from, from + size);
  if (refs.length === 0) return endOfPlan;
  const recipients = await resolveRefs(deps, campaign, { refs, people });
  return { recipients, cursor: String(from + refs.length), endOfPlan: false };
};

/** Each person once, whatever they are called by; what leads to nobody is an outcome, not a failure. */
const resolveRefs = async (
  deps: PlanDeps,
  campaign: Campaign,
  { refs, people }: { refs: readonly string[]; people: ReadonlySet<string> },
): Promise<Recipient[]> => {
  const settledAt = deps.now();
  const profileIds = await deps.audience.resolve(campaign.workspaceId, refs);
  const here = new Set<string>();
  return refs.map((ref, place): Recipient => {
    const skipped = (reason: string): Recipient => ({ ref, outcome: "skipped", reason, settledAt });
    const profileId = profileIds[place];
    if (ref === erasedRef) return { outcome: "skipped", reason: "erased", settledAt };
    if (!parseProfileRef(ref)) return skipped("ref_invalid");
    if (profileId === undefined) return skipped("not_found");
    if (people.has(profileId) || here.has(profileId)) return skipped("duplicate");
    here.add(profileId);
    return { ref, profileId };
  });
};
