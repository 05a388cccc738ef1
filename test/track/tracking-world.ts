import type { EventRow } from "@yubin/store";
import type { ProfileView } from "@yubin/types";

import { startWorld, type World } from "../chaos/world.ts";
import { until } from "../stack/until.ts";

/** Yubin's own processes, and what came of the calls of somebody else's client. */
export interface TrackingWorld extends World {
  readonly url: string;
  /** Once identity is done with all that is stored. */
  events(): Promise<EventRow[]>;
  profile(ref: string): Promise<ProfileView>;
}

export const startTrackingWorld = async (): Promise<TrackingWorld> => {
  const world = await startWorld({ seed: 6, replicas: { ingress: 1, identity: 1, sender: 1 } });
  const { store, stack, api } = world;
  return {
    ...world,
    url: stack.ingressUrls[0] ?? "",
    events: async () => {
      await until(
        async () => ((await store.events.findOne({ state: "stored" })) ? undefined : true),
        {
          what: "identity to be done",
        },
      );
      return store.events.find({}).sort({ occurredAt: 1, _id: 1 }).toArray();
    },
    profile: (ref) => api.get(`/v1/profiles/${encodeURIComponent(ref)}`),
  };
};

/** The row of a list that a test goes on with. */
export const only = <Row>(rows: readonly Row[]): Row => {
  const [first] = rows;
  if (first === undefined || rows.length > 1) throw new Error(`${rows.length} rows instead of one`);
  return first;
};
