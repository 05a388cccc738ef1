import type { ProfileRow, Store } from "@yubin/store";
import { newId } from "@yubin/types";

import type { Profile } from "../domain/profile.ts";
import { toProfile } from "./people-rows.ts";

export interface RecentPage {
  readonly from: Date;
  readonly to: Date;
  readonly after: string | undefined;
  readonly limit: number;
}

/** Of all workspaces: the sweeper belongs to none. Ids begin with the time they were made, so no index is needed. */
export const createRecentProfiles =
  ({ profiles }: Store) =>
  async ({ from, to, after, limit }: RecentPage): Promise<Profile[]> => {
    const first = firstIdOf(from);
    const rows = await profiles
      .find({
        _id: { $gt: after !== undefined && after > first ? after : first, $lt: firstIdOf(to) },
        mergedInto: null,
      })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return rows.map((row) => toProfile(row as ProfileRow));
  };

const timeChars = "prof_".length + 12;
const firstIdOf = (time: Date): string => newId("prof", () => time.getTime()).slice(0, timeChars);
