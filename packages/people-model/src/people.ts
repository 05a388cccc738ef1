import type { AliasRow, EventRow, MergeRow, ProfileRow, Store } from "@yubin/store";

/** Everything that the database says about people in the end. */
export interface People {
  readonly aliases: ReadonlyMap<string, AliasRow>;
  readonly profiles: ReadonlyMap<string, ProfileRow>;
  readonly merges: readonly MergeRow[];
  readonly events: ReadonlyMap<string, EventRow>;
  /** Where an id leads, and over how many merges; undefined where it leads nowhere. */
  survivorOf(
    profileId: string,
  ): { readonly profile: ProfileRow; readonly hops: number } | undefined;
}

const hopsMax = 100;

export const readPeople = async (store: Store, workspaceId: string): Promise<People> => {
  const byId = <Row extends { _id: string }>(rows: readonly Row[]): Map<string, Row> =>
    new Map(rows.map((row) => [row._id, row]));
  const profiles = byId(await store.profiles.find({ workspaceId }).toArray());
  return {
    profiles,
    aliases: byId(await store.aliases.find({ workspaceId }).toArray()),
    merges: await store.merges.find({ workspaceId }).toArray(),
    events: byId(await store.events.find({ workspaceId }).toArray()),
    survivorOf: (profileId) => {
      let profile = profiles.get(profileId);
      let hops = 0;
      while (profile && profile.mergedInto !== null && hops < hopsMax) {
        profile = profiles.get(profile.mergedInto);
        hops += 1;
      }
      return profile && hops < hopsMax ? { profile, hops } : undefined;
    },
  };
};
