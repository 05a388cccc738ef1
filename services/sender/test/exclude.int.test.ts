import { recipientsOf } from "@yubin/store";
import { expect, it } from "vitest";

import { countsOf, openWorld, type World } from "./open-world.ts";

const contents = {
  push: "[[m]] {{ profile.displayName }}",
  multicast: "[[m]] The shop opens at ten",
};
const kinds = (["push", "multicast"] as const).flatMap((method) =>
  (["friends", "list"] as const).map((audience) => [method, audience] as const),
);

const peopleIn = async ({ store }: World) => store.profiles.find().sort({ _id: 1 }).toArray();

const excludedIn = async (world: World, id: string): Promise<(string | undefined)[]> =>
  (await world.batchesOf(id))
    .flatMap((row) => recipientsOf(row))
    .filter(({ outcome, reason }) => outcome === "skipped" && reason === "excluded")
    .map(({ profileId }) => profileId);

it.each(kinds)(
  "a %s to %s leaves out who is meant, with a reason",
  async (method, audience) => {
    await using world = await openWorld();
    await world.addFriends(1_150);
    const all = await peopleIn(world);
    const ids = all.map(({ _id }) => _id);
    const lineUserIdOf = new Map(
      all.map((row) => [row._id, row.lineAccounts[0]?.lineUserId ?? ""]),
    );

    // Before: one campaign that some got and some did not, one that ended without an answer.
    const got = ids.slice(0, 700);
    const refused = ids.slice(650, 700);
    await world.store.profiles.updateMany(
      { _id: { $in: refused } },
      { $set: { suppression: { at: new Date(), reason: "asked" } } },
    );
    const earlier = await world.launch({
      text: "[[earlier]] hello",
      audience: { type: "refs", refs: got },
    });
    await world.untilDone(earlier);
    await world.store.profiles.updateMany(
      { _id: { $in: refused } },
      { $set: { suppression: null } },
    );
    const [parked] = ids.slice(900);
    const unanswered = await world.launch({
      text: "[[parked]] hello",
      audience: { type: "refs", refs: [parked ?? ""] },
    });
    await world.untilDone(unanswered);
    await world.store.batches.updateMany(
      { campaignId: unanswered, seq: 0 },
      { $set: { "packed.ends.0.outcome": "unknown" } },
    );
    // One of those who got it is somebody else now, who did not.
    const [absorbed = "", into = ""] = [ids[10], ids[1_100]];
    await world.store.profiles.updateOne({ _id: absorbed }, { $set: { mergedInto: into } });
    await world.store.profiles.updateOne({ _id: into }, { $set: { mergedFrom: [absorbed] } });
    const vip = ids.slice(1_000, 1_050);
    await world.store.profiles.updateMany(
      { _id: { $in: vip } },
      { $set: { traits: { vip: true } } },
    );

    const id = await world.launch({
      text: contents[method],
      ...(audience === "list" ? { list: ids.map((ref) => ({ ref })) } : {}),
      exclude: {
        refs: [ids[800] ?? "", "user:nobody"],
        where: { trait: "vip", is: true },
        campaigns: [earlier, unanswered],
      },
    });
    await world.untilDone(id);

    const out = new Set([...got.slice(0, 650), ids[800], parked, into, ...vip]);
    out.delete(absorbed);
    expect(new Set(await excludedIn(world, id))).toEqual(out);
    const reached = ids.filter((one) => one !== absorbed && !out.has(one));
    expect(world.simulator.ledger.recipients("m")).toEqual(
      new Map(reached.map((one) => [lineUserIdOf.get(one), 1])),
    );
    const { counted, recounted } = await countsOf(world, id);
    expect(counted).toEqual(recounted);
    expect(counted.accepted).toBe(reached.length);
    expect(counted.accepted + counted.skipped).toBe(counted.audience);
  },
  60_000,
);
