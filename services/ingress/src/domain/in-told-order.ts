import type { InboundEvent } from "./inbound-event.ts";

/**
 * Identity goes by time alone, and clients stamp two calls with one millisecond: facts about one person that carry the
 * same time are put a millisecond apart, the last one keeping its own, so that they are applied as they were told.
 */
export const inToldOrder = (events: readonly InboundEvent[]): InboundEvent[] => {
  const newestFirst = events
    .map((event, at) => ({ event, at }))
    .sort((one, other) => timeOf(other.event) - timeOf(one.event) || other.at - one.at);
  const earliest = new Map<string, number>();
  const ordered = [...events];
  for (const { event, at } of newestFirst) {
    const names = peopleIn(event);
    const before = names.map((name) => (earliest.get(name) ?? Infinity) - 1);
    const time = Math.min(timeOf(event), ...before);
    for (const name of names) earliest.set(name, time);
    if (time !== timeOf(event)) ordered[at] = { ...event, occurredAt: new Date(time) };
  }
  return ordered;
};

const timeOf = ({ occurredAt }: InboundEvent): number => occurredAt.getTime();

/** What an event calls people by. An alias does not say of what kind its first name is. */
const peopleIn = ({ body, lineUserId }: InboundEvent): string[] => {
  const names: readonly [kind: string, id: unknown][] = [
    ["user", body["userId"]],
    ["user", body["previousId"]],
    ["anon", body["anonymousId"]],
    ["anon", body["previousId"]],
    ["line", lineUserId],
  ];
  return names.flatMap(([kind, id]) => (typeof id === "string" ? [`${kind}/${id}`] : []));
};
