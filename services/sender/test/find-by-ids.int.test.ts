import { expect, it } from "vitest";

import { findByIds } from "../src/store/find-by-ids.ts";
import { openWorld, workspaceId, type World } from "./open-world.ts";

const projection = { suppression: 1 } as const;
const idsOf = (rows: readonly { _id: string }[]): string[] => rows.map(({ _id }) => _id).toSorted();

const peopleIn = async (world: World): Promise<string[]> => {
  await world.addFriends(1_000);
  return idsOf(await world.store.profiles.find().project<{ _id: string }>({ _id: 1 }).toArray());
};

it("finds people who stand close together, far apart, and in no order", async () => {
  await using world = await openWorld({ senders: 0 });
  const all = await peopleIn(world);
  const neighbours = all.slice(100, 600);
  const scattered = all.filter((_, place) => place % 7 === 0);
  for (const ids of [neighbours, scattered, neighbours.toReversed(), all.slice(0, 3), []]) {
    const rows = await findByIds<{ _id: string }>(world.store, { workspaceId, ids, projection });
    expect(idsOf(rows)).toEqual(ids.toSorted());
  }
});

it("returns only what it is asked for, and nobody of another workspace", async () => {
  await using world = await openWorld({ senders: 0 });
  const ids = (await peopleIn(world)).slice(0, 200);
  const foreign = ids.slice(50, 60);
  await world.store.profiles.updateMany(
    { _id: { $in: foreign } },
    { $set: { workspaceId: "ws_other" } },
  );
  await world.store.profiles.deleteOne({ _id: ids[70] ?? "" });
  const rows = await findByIds<{ _id: string }>(world.store, { workspaceId, ids, projection });
  const expected = ids.filter((id) => !foreign.includes(id) && id !== ids[70]);
  expect(idsOf(rows)).toEqual(expected);
  expect(rows[0]).toEqual({ _id: expect.any(String), suppression: null });
});
