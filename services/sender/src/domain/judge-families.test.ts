import { expect, it } from "vitest";

import { createFamilyWorld, type FamilyWorld } from "./families-memory.ts";

/** Each seed is one order of all steps; the message of a failure names it. */
const seeds = { from: 1, count: 3_000 };

const runAll = async (undo: boolean, check: (world: FamilyWorld, seed: number) => void) => {
  for (let seed = seeds.from; seed < seeds.from + seeds.count; seed += 1) {
    const world = createFamilyWorld({ seed, people: 5, undo });
    await world.run();
    checkOnce(world, seed);
    check(world, seed);
  }
};

/** No LINE ID twice; and whoever is sent to was not, when looked at, the same person as somebody sent to before. */
const checkOnce = ({ sent, batches }: FamilyWorld, seed: number): void => {
  const ids = sent.map(({ lineUserId }) => lineUserId);
  expect(new Set(ids).size, `seed ${seed}: ${JSON.stringify(sent)}`).toBe(ids.length);
  for (const later of sent)
    for (const earlier of sent)
      if (earlier !== later && earlier.look <= later.look)
        expect(later.family, `seed ${seed}: ${JSON.stringify(sent)}`).not.toContain(
          earlier.profileId,
        );
  for (const { recipients } of batches.values())
    for (const { outcome } of recipients) expect(outcome, `seed ${seed}`).toBeDefined();
};

it("sends once to people who are merged meanwhile, and leaves nobody out, however the steps interleave", async () => {
  let merged = 0;
  await runAll(false, ({ profiles, batches, sent }, seed) => {
    const placed = new Set(
      [...batches.values()].flatMap(({ recipients }) => recipients.map((one) => one.profileId)),
    );
    for (const { _id, mergedInto, mergedFrom } of profiles.values()) {
      if (mergedInto !== null) continue;
      const family = [_id, ...mergedFrom];
      merged += mergedFrom.length;
      const isDue = family.some((id) => placed.has(id) && hasOwnLineId(profiles.get(id)));
      const got = sent.filter(({ profileId }) => family.includes(profileId)).length;
      expect(isDue && got === 0, `seed ${seed}: ${family.join()} got nothing`).toBe(false);
    }
  });
  expect(merged).toBeGreaterThan(seeds.count);
}, 120_000);

it("sends to no LINE ID twice when merges are undone meanwhile", async () => {
  let undone = 0;
  await runAll(true, ({ mergesUndone }) => {
    undone += mergesUndone;
  });
  expect(undone).toBeGreaterThan(seeds.count / 2);
}, 120_000);

const hasOwnLineId = (profile?: { _id: string; lineAccounts: readonly { lineUserId: string }[] }) =>
  profile?.lineAccounts.some(({ lineUserId }) => lineUserId === `U${profile._id}`) ?? false;
