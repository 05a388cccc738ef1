import type { ProfileRow } from "@yubin/store";

import { until } from "../stack/until.ts";
import { raceCampaigns } from "./race-campaigns.ts";
import { racePeople, type PeopleKind } from "./race-people.ts";
import type { Raced, RacesOptions } from "./races.ts";
import { provider, startWorld, type World } from "./world.ts";

export interface RacesReport extends Readonly<Record<PeopleKind, Raced>> {
  readonly pause: Raced;
  readonly cancel: Raced;
  readonly duplicates: number;
  /** What does not add up, in words. */
  readonly broken: readonly string[];
}

const quiet = (): void => undefined;
/** To whom the campaigns that are paused and cancelled go. */
const leftAlone = 500;

/** Senders as processes, and everything that may be committed under a message that is being sent. */
export const runRaces = async (options: RacesOptions): Promise<RacesReport> => {
  const log = options.log ?? quiet;
  await using world = await startWorld({
    seed: options.seed,
    replicas: { ingress: 1, identity: 1, sender: 2 },
    env: { LOG_LEVEL: "warn", RATE_LIMIT_PER_MINUTE: "10000000" },
    log,
  });
  const all = await friends(world, options.races * 4 + leftAlone, options.timeoutMs);
  const people = all.slice(leftAlone);
  const others = all.slice(0, leftAlone).map(({ _id }) => _id);
  log(`${all.length} people follow`);
  const ofPeople = await racePeople(world, people, options);
  log(`people: ${JSON.stringify(ofPeople.raced)}`);
  const pauses = await raceCampaigns(world, others, { ...options, kind: "pause" });
  log(`pause: ${JSON.stringify(pauses.raced)}`);
  const cancels = await raceCampaigns(world, others, { ...options, kind: "cancel" });
  log(`cancel: ${JSON.stringify(cancels.raced)}`);
  return {
    ...ofPeople.raced,
    pause: pauses.raced,
    cancel: cancels.raced,
    duplicates: world.simulator.ledger.summary().duplicates,
    broken: [...ofPeople.broken, ...pauses.broken, ...cancels.broken],
  };
};

/** In the order in which a campaign to all friends plans them. */
const friends = async (world: World, count: number, timeoutMs: number): Promise<ProfileRow[]> => {
  const ids = world.simulator.addPeople({ provider, count });
  world.simulator.follow(world.line.channelId, ids);
  const { profiles } = world.store;
  await until(
    async () =>
      (await profiles.countDocuments({ friendOf: world.channelId })) >= count || undefined,
    { what: `${count} friends in profiles`, timeoutMs, everyMs: 3_000 },
  );
  return profiles.find({ friendOf: world.channelId }).sort({ _id: 1 }).toArray();
};
