import { expect, it } from "vitest";

import { newProfile, type Profile } from "./profile.ts";
import { readFamilies } from "./read-known.ts";

const profile = (id: string, more: Partial<Profile> = {}): Profile => ({
  ...newProfile(id, "ws", new Date(0)),
  ...more,
});

it("never sees a merge on one side alone, however the reads fall", async () => {
  const merged = { mergedInto: "prof_1", mergeId: "merge_1" };
  const after = [
    profile("prof_1", { mergedFrom: ["prof_2"], externalIds: ["u"] }),
    profile("prof_2", { ...merged, mergedFrom: ["prof_3"] }),
    profile("prof_3", { mergedInto: "prof_2", mergeId: "merge_0" }),
  ];
  const before = [profile("prof_1"), profile("prof_2", { mergedFrom: ["prof_3"] }), after[2]];
  let reads = 0;
  const people = {
    findProfiles: async (_: string, ids: readonly string[]) => {
      reads += 1;
      // The survivor is asked for at first, its loser only after the merge.
      const rows = reads === 1 ? before : after;
      return rows.flatMap((row) => (row && ids.includes(row.id) ? [row] : []));
    },
  };
  const known = await readFamilies(people, "ws", ["prof_1", "prof_3"]);
  expect(known.get("prof_1")?.externalIds).toEqual(["u"]);
  expect(known.get("prof_2")?.mergedInto).toBe("prof_1");
});
