import { hexId } from "./ids.ts";
import { NotFoundError } from "./lever-errors.ts";
import { personName } from "./person-names.ts";
import { fractionOf, hash32 } from "./random.ts";

/** A person as LINE shows them to the channels of one provider. */
export interface PersonProfile {
  readonly userId: string;
  readonly displayName: string;
  readonly pictureUrl?: string;
  readonly statusMessage?: string;
  readonly language?: string;
}

/** The people of each provider. Person n of one provider is person n of another, under another user id. */
export interface People {
  /** Adds this many people and returns their user ids in order. */
  add(provider: string, count: number): string[];
  count(provider: string): number;
  /** The person's number under the provider, counted from 0. */
  indexOf(provider: string, userId: string): number | undefined;
  /** As indexOf, with an error for an id the provider does not know. */
  need(provider: string, userId: string): number;
  userId(provider: string, index: number): string;
  userIds(provider: string, range: { from: number; limit: number }): string[];
  profile(provider: string, index: number): PersonProfile;
  /** Changes what LINE shows of a person. */
  setProfile(provider: string, userId: string, shown: Partial<Omit<PersonProfile, "userId">>): void;
  /** The person deletes their LINE account; nobody is told. */
  deleteAccount(provider: string, userId: string): void;
  isDeleted(provider: string, index: number): boolean;
}

/** Opens a world without people. Nothing is stored per person but the user id, so a million fit. */
export function createPeople(seed: string | number): People {
  const providers = new Map<string, Population>();
  const of = (provider: string): Population => {
    let population = providers.get(provider);
    if (!population) {
      population = { ids: [], indexes: new Map(), shown: new Map(), deleted: new Set() };
      providers.set(provider, population);
    }
    return population;
  };
  const need = (provider: string, userId: string): number => {
    const index = of(provider).indexes.get(userId);
    if (index !== undefined) return index;
    throw new NotFoundError(`provider ${provider} knows no person ${userId}`);
  };

  return {
    add: (provider, count) => addTo(of(provider), count, (n) => `U${hexId(seed, provider, n)}`),
    count: (provider) => of(provider).ids.length,
    indexOf: (provider, userId) => of(provider).indexes.get(userId),
    need,
    userId: (provider, index) => of(provider).ids[index] as string,
    userIds: (provider, { from, limit }) => of(provider).ids.slice(from, from + limit),
    profile: (provider, index) => {
      const { ids, shown } = of(provider);
      return { ...madeProfile(seed, index, ids[index] as string), ...shown.get(index) };
    },
    setProfile: (provider, userId, shown) => {
      const index = need(provider, userId);
      of(provider).shown.set(index, { ...of(provider).shown.get(index), ...shown });
    },
    deleteAccount: (provider, userId) => {
      of(provider).deleted.add(need(provider, userId));
    },
    isDeleted: (provider, index) => of(provider).deleted.has(index),
  };
}

interface Population {
  readonly ids: string[];
  readonly indexes: Map<string, number>;
  readonly shown: Map<number, Partial<Omit<PersonProfile, "userId">>>;
  readonly deleted: Set<number>;
}

function addTo(population: Population, count: number, idOf: (index: number) => string): string[] {
  const first = population.ids.length;
  for (let index = first; index < first + count; index += 1) {
    const userId = idOf(index);
    population.ids.push(userId);
    population.indexes.set(userId, index);
  }
  return population.ids.slice(first);
}

function madeProfile(seed: string | number, index: number, userId: string): PersonProfile {
  const { displayName, language } = personName(seed, index);
  const chance = fractionOf(hash32(seed, "profile", index));
  return {
    userId,
    displayName,
    ...(chance < 0.8 && { pictureUrl: `https://profile.example/${userId}` }),
    ...(chance < 0.3 && { statusMessage: language === "ja" ? "よろしくお願いします" : "Hello!" }),
    ...(chance < 0.9 && { language }),
  };
}
