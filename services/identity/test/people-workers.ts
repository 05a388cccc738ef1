import { setTimeout as pause } from "node:timers/promises";

import { Failure } from "@yubin/errors";
import type { Random } from "@yubin/people-model";
import { connectStore, type Store } from "@yubin/store";
import { newId } from "@yubin/types";

import { applyEvents, type ApplyEventsDeps } from "../src/domain/apply-events.ts";
import { erasePerson, sweepErasures } from "../src/domain/erase-person.ts";
import type { ErasureStore, MergeStore, PeopleStore } from "../src/domain/people-store.ts";
import { sweepMerges } from "../src/domain/sweep-merges.ts";
import { undoMerge } from "../src/domain/undo-merge.ts";
import { createPeopleStore } from "../src/store/people.ts";
import { createProviders } from "../src/store/providers.ts";
import { createStaleMerges } from "../src/store/stale-merges.ts";
import { createWorkspaceRules } from "../src/store/workspace-rules.ts";
import { createTombstoneIds } from "../src/tombstone-ids.ts";

type People = PeopleStore & MergeStore & ErasureStore;

/** One identity's work on a connection of its own, that can die at any write and lose any answer. */
export interface PeopleWorker {
  readonly store: Store;
  /** False when it died in the middle. */
  apply(workspaceId: string, eventIds: readonly string[]): Promise<boolean>;
  sweep(laterMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface Mishaps {
  readonly random: Random;
  /** Of a thousand writes: how many are never made, as their process died. */
  readonly deaths: number;
  /** Of a thousand calls of the database: how many are made and their answer is lost. */
  readonly lostReplies: number;
  /** Before each write, for others to get in between. */
  readonly pauseMsMax: number;
}

const away = (what: string): Failure => new Failure("store.unavailable", what, { retryAfterMs: 1 });

export const openPeopleWorker = async (
  mongoUrl: string,
  secretKeys: readonly { readonly key: Buffer }[],
  mishaps: Mishaps,
): Promise<PeopleWorker> => {
  const store = await connectStore({ url: mongoUrl });
  const { random, deaths, pauseMsMax } = mishaps;
  const people = losingReplies(
    createPeopleStore(store, { tombstoneIds: createTombstoneIds(secretKeys) }),
    mishaps,
  );
  const step = async (): Promise<void> => {
    if (pauseMsMax > 0 && random.below(4) === 0) await pause(random.below(pauseMsMax));
    if (random.below(1_000) < deaths) throw away("died here");
  };
  const now = (): Date => new Date();
  const tellSender = async (): Promise<void> => undefined;
  const steps = { people, now, step };
  const deps: ApplyEventsDeps = {
    people,
    providerOf: createProviders(store),
    rulesOf: createWorkspaceRules(store),
    newProfileId: () => newId("prof"),
    now,
    step,
    solo: (event) =>
      event.type === "undo"
        ? undoMerge(steps, event)
        : erasePerson({ ...steps, tellSender }, event),
    onFailed: (_, error) => {
      throw error;
    },
    onContention: () => undefined,
  };
  return {
    store,
    apply: async (workspaceId, eventIds) => {
      try {
        await applyEvents(deps, workspaceId, eventIds);
        return true;
      } catch (error) {
        if (error instanceof Failure && error.code === "store.unavailable") return false;
        throw error;
      }
    },
    sweep: async (laterMs) => {
      const later = (): Date => new Date(Date.now() + laterMs);
      const calm = createPeopleStore(store, { tombstoneIds: createTombstoneIds(secretKeys) });
      await sweepMerges({ people: calm, findStale: createStaleMerges(store), now: later });
      await sweepErasures({ people: calm, tellSender, now: later });
    },
    close: () => store.close(),
  };
};

/** As when the connection breaks after the server has done it: whoever asked cannot know. */
const losingReplies = (people: People, { random, lostReplies }: Mishaps): People =>
  Object.fromEntries(
    Object.entries(people).map(([name, call]: [string, (...args: never[]) => Promise<unknown>]) => [
      name,
      async (...args: never[]) => {
        const answer = await call(...args);
        if (random.below(1_000) < lostReplies) throw away("the answer was lost");
        return answer;
      },
    ]),
  ) as unknown as People;
