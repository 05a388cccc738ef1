import type { Batch } from "./batch.ts";
import { checkGate, type Gate } from "./check-gate.ts";
import { decideAll, type Decided } from "./decide-all.ts";
import { findPeople } from "./find-people.ts";
import type { Frozen } from "./freeze-people.ts";
import type { Campaigns, Channel, People, RulesOf } from "./ports.ts";

export interface LookAgainDeps {
  readonly campaigns: Campaigns;
  readonly people: People;
  readonly rulesOf: RulesOf;
  readonly now: () => Date;
}

/** Words of their own, caps and a slow store take a while; what was seen before is not relied on for longer. */
const lookAgainMs = 500;

/**
 * What is to be frozen, without those for whom something has changed since they were looked at: they are looked at
 * anew, and so are the others of a multicast. A gate where the campaign or the channel has closed meanwhile.
 */
export const lookAgain = async (
  deps: LookAgainDeps,
  batch: Batch,
  {
    frozen,
    decided,
    channel,
    lookedAt,
  }: {
    readonly frozen: Frozen;
    readonly decided: readonly Decided[];
    readonly channel: Channel;
    readonly lookedAt: Date;
  },
): Promise<Frozen | Exclude<Gate, { kind: "open" }>> => {
  if (deps.now().getTime() - lookedAt.getTime() <= lookAgainMs) return frozen;
  const indexes = frozen.calls.flatMap(({ members }) => members);
  const [gate, people] = await Promise.all([
    checkGate(deps, batch, channel),
    findPeople(deps, batch, indexes, "address"),
  ]);
  if (gate.kind !== "open") return gate;

  const before = new Map(decided.map((one) => [one.index, whoIs(one)]));
  const isSame = (one: Decided): boolean => whoIs(one) === before.get(one.index);
  const now = decideAll(batch, people, channel, { rules: gate.rules, now: deps.now() });
  const changed = new Set(now.filter((one) => !isSame(one)).map(({ index }) => index));
  return {
    ...frozen,
    calls: frozen.calls.filter(({ members }) => !members.some((index) => changed.has(index))),
    held: [...frozen.held, ...[...changed].map((index) => ({ index }))],
  };
};

/** To which LINE ID, and who that is: with another family others have to be asked again. */
const whoIs = ({ decision, person }: Decided): string | undefined =>
  decision.kind === "send" ? [decision.lineUserId, ...(person?.family ?? [])].join(" ") : undefined;
