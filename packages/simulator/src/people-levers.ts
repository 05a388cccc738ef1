import type { PersonProfile } from "./people.ts";
import type { World } from "./world.ts";

/** A stretch of a provider's people, by number. */
export interface PeopleRange {
  readonly from: number;
  readonly limit: number;
}

/** What a profile may be changed to. */
export type ShownProfile = Partial<Omit<PersonProfile, "userId">>;

/** Who lives in the simulator. */
export interface PeopleLevers {
  /** Adds people to a provider (default `"provider-1"`) and returns their user ids. */
  addPeople(options: { count: number; provider?: string }): string[];
  countPeople(provider: string): number;
  userIds(provider: string, range: PeopleRange): string[];
  listPeople(provider: string, range: PeopleRange): PersonProfile[];
  person(provider: string, userId: string): PersonProfile | undefined;
  /** Changes what LINE shows of a person. */
  setProfile(provider: string, userId: string, shown: ShownProfile): void;
  /** The person deletes their LINE account; no event tells of it. */
  deleteAccount(provider: string, userId: string): void;
}

/** Opens the people of the world that is current at the time. */
export function createPeopleLevers(currentWorld: () => World): PeopleLevers {
  const userIds = (provider: string, { from, limit }: PeopleRange): string[] =>
    currentWorld().people.userIds(provider, { from, limit });
  const person = (provider: string, userId: string): PersonProfile | undefined => {
    const { people } = currentWorld();
    const index = people.indexOf(provider, userId);
    return index === undefined ? undefined : people.profile(provider, index);
  };
  return {
    addPeople: ({ count, provider = "provider-1" }) => currentWorld().people.add(provider, count),
    countPeople: (provider) => currentWorld().people.count(provider),
    userIds,
    listPeople: (provider, range) =>
      userIds(provider, range).flatMap((userId) => person(provider, userId) ?? []),
    person,
    setProfile: (provider, userId, shown) =>
      currentWorld().people.setProfile(provider, userId, shown),
    deleteAccount: (provider, userId) => currentWorld().people.deleteAccount(provider, userId),
  };
}
