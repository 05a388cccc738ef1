import { setTimeout as pause } from "node:timers/promises";
import type { Store } from "@yubin/store";

import type { Breaker } from "../domain/breaker.ts";
import type { Click, ClickCounts } from "../domain/click.ts";
import { writeClicks, type HeldClicks } from "./write-clicks.ts";

export interface ClicksOptions {
  readonly store: Pick<Store, "clicks" | "clickLinks">;
  readonly breaker: Pick<Breaker, "open" | "suspect">;
  /** Told of clicks that were not stored. Must not throw. */
  readonly onLost: (count: number, error?: unknown) => void;
}

export interface ClickRecorder extends ClickCounts {
  /** Waits for what is under way. */
  settled(): Promise<void>;
}

/** People wait here, on their way. What takes longer is stored behind their backs. */
const patienceMs = 1_000;
/** Links with clicks that wait. Beyond that the store is slower than the people. */
const waitingMax = 20_000;
const rowsPerWrite = 1_000;
/** A row that two replicas make at once is there at the second try. */
const triesMax = 5;

interface Held extends HeldClicks {
  readonly done: PromiseWithResolvers<void>;
}

/**
 * One write at a time, of all that has come meanwhile, and in it one change of each row: a thousand clicks on one link
 * are a few writes, and none waits for a row that another holds.
 */
export const createClicks = ({ store, breaker, onLost }: ClicksOptions): ClickRecorder => {
  let waiting = new Map<string, Held>();
  let writing: Promise<void> | undefined;

  const writeAll = async (): Promise<void> => {
    while (waiting.size > 0) {
      const held = [...waiting.values()];
      const some = held.slice(0, rowsPerWrite);
      waiting = new Map(held.slice(rowsPerWrite).map((one) => [one.id, one]));
      await writeSome(some);
      for (const { done } of some) done.resolve();
    }
    writing = undefined;
  };
  /** Never rejects. */
  const writeSome = async (some: readonly Held[]): Promise<void> => {
    let left = some;
    for (let tries = 0; left.length > 0 && tries < triesMax; tries += 1) {
      const results = await writeClicks(store, left);
      const failed = left.filter((_, at) => typeof results[at] === "object");
      const failure = results.find((result) => typeof result === "object");
      if (failure) {
        onLost(countOf(failed), failure.error);
        breaker.suspect();
      }
      left = left.filter((_, at) => results[at] === "duplicate");
    }
    if (left.length > 0) onLost(countOf(left));
  };

  return {
    record: async (click) => {
      const id = idOf(click);
      const known = waiting.get(id);
      if (breaker.open || (!known && waiting.size >= waitingMax)) {
        onLost(1);
        return;
      }
      const held = known ?? {
        id,
        first: click,
        count: 0,
        firstAt: click.at,
        lastAt: click.at,
        done: Promise.withResolvers<void>(),
      };
      held.count += 1;
      // They come here in another order than people clicked.
      if (click.at < held.firstAt) held.firstAt = click.at;
      if (click.at > held.lastAt) held.lastAt = click.at;
      waiting.set(id, held);
      writing ??= writeAll();
      await Promise.race([held.done.promise, pause(patienceMs, undefined, { ref: false })]);
    },
    settled: async () => {
      await writing;
    },
  };
};

const idOf = ({ link, place }: Click): string =>
  place ? `${link.id}/${place.batch}/${place.index}` : link.id;

const countOf = (some: readonly Held[]): number => some.reduce((sum, { count }) => sum + count, 0);
