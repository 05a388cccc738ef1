import type { ProfileRow } from "@yubin/store";
import { newId } from "@yubin/types";

import { benchProvider, type BenchWorld } from "./bench-world.ts";

const pageSize = 10_000;
const insertSize = 1_000;

/** `count` more people who follow, written straight into the collection: the benchmark is about sending. Resolves with their LINE IDs. */
export const addFriends = async (
  world: BenchWorld,
  count: number,
  alreadyThere = 0,
): Promise<string[]> => {
  await world.levers.addPeople(benchProvider, count);
  const userIds: string[] = [];
  while (userIds.length < count) {
    const page = await world.levers.userIds(benchProvider, alreadyThere + userIds.length, pageSize);
    userIds.push(...page);
    for (let from = 0; from < page.length; from += insertSize) {
      const rows = page.slice(from, from + insertSize).map((userId) => friend(world, userId));
      await world.store.profiles.insertMany(rows, { ordered: false });
    }
  }
  // Without a webhook URL, LINE tells nobody about these.
  await world.levers.silence(world.line.channelId);
  await world.levers.follow(world.line.channelId, alreadyThere, count);
  return userIds;
};

type Friendly = Pick<BenchWorld, "workspaceId" | "channelId"> & { readonly provider?: string };

/** Somebody who follows, as identity stores them. */
export const friend = (
  { workspaceId, channelId, provider = benchProvider }: Friendly,
  lineUserId: string,
): ProfileRow => {
  const at = new Date();
  return {
    _id: newId("prof"),
    workspaceId,
    externalId: null,
    traits: {},
    traitTimes: {},
    consents: {},
    suppression: null,
    lineAccounts: [
      {
        provider,
        lineUserId,
        displayName: "Aiko 愛子",
        pictureUrl: null,
        language: "ja",
        fetchedAt: at,
        linkedAt: at,
        proof: { kind: "follow", at },
        friendship: { [channelId]: { state: "following", at, eventId: "01BENCH" } },
      },
    ],
    friendOf: [channelId],
    blockedOn: [],
    mergedInto: null,
    mergedFrom: [],
    version: 1,
    createdAt: at,
    updatedAt: at,
  };
};
