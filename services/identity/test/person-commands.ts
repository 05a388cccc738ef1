import { aliasKey } from "@yubin/types";

import type { InboxEvent } from "../src/domain/inbox-event.ts";
import { identify, workspaceId } from "./made-events.ts";
import type { PeopleWorld } from "./people-world.ts";

let commands = 0;

/** What the API stores of a command about people, each under an id of its own. */
export const personCommand = (type: string, body: InboxEvent["body"]): InboxEvent => {
  commands += 1;
  const eventId = `evt_command_${commands}`;
  const id = `${workspaceId}/api/${eventId}`;
  return identify({}, { id, source: "api", type, eventId, body, occurredAt: new Date() });
};

export const tell = async (world: PeopleWorld, ...events: readonly InboxEvent[]): Promise<void> => {
  await world.keep(events);
  await world.apply(events);
};

/** Whose an external id is; empty where it is nobody's. */
export const idOf = async ({ store }: PeopleWorld, value: string): Promise<string> =>
  (await store.aliases.findOne({ _id: aliasKey(workspaceId, { kind: "user", value }) }))
    ?.profileId ?? "";
