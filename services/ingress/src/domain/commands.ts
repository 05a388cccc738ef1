import { setTimeout as pause } from "node:timers/promises";
import { Failure } from "@yubin/errors";
import { idFrom, newId, type CommandBody, type PersonCommand } from "@yubin/types";

import { eventHash } from "./event-hash.ts";
import type { EventInbox } from "./inbound-event.ts";

/** How identity ended a stored event. */
export interface CommandEnd {
  readonly eventRowId: string;
  /** Of what the stored command says. */
  readonly hash: string | null;
  readonly state: "applied" | "ignored" | "quarantined";
  /** Why it had less than its whole effect. */
  readonly reason: string | null;
  readonly profileId: string | null;
}

export interface CommandsDeps {
  readonly inbox: EventInbox;
  /** Undefined while the event waits. */
  readonly findEnd: (workspaceId: string, eventRowId: string) => Promise<CommandEnd | undefined>;
  readonly now: () => Date;
}

/** What is to be done to a person: stored first, like every fact, and done by identity. */
export interface Commands {
  /** Waits for a moment until identity has ended this stored event. */
  untilDone(workspaceId: string, eventRowId: string): Promise<CommandEnd | undefined>;
  /**
   * Stores the command and waits for a moment until it is done: undefined when it takes longer, and is done later. The
   * same idempotency key is the same command.
   */
  give<Command extends PersonCommand>(
    command: Command,
    body: CommandBody<Command>,
    caller: { readonly workspaceId: string; readonly idempotencyKey: string | undefined },
  ): Promise<CommandEnd | undefined>;
}

/** The event of a command under a key; a preview and its merge are requests to one route, so a key names one of them. */
export const commandEventId = (workspaceId: string, command: PersonCommand, key: string): string =>
  idFrom("evt", workspaceId, command === "preview" ? "merge" : command, key);

/** Routes have five seconds in all. */
const patienceMs = 3_000;
const firstLookMs = 5;
const lookEveryMaxMs = 100;

export const createCommands = ({ inbox, findEnd, now }: CommandsDeps): Commands => {
  const untilDone = async (workspaceId: string, rowId: string): Promise<CommandEnd | undefined> => {
    const until = performance.now() + patienceMs;
    for (
      let wait = firstLookMs;
      performance.now() < until;
      wait = Math.min(wait * 2, lookEveryMaxMs)
    ) {
      await pause(wait);
      const end = await findEnd(workspaceId, rowId);
      if (end) return end;
    }
    return undefined;
  };

  return {
    untilDone,
    give: async (command, body, { workspaceId, idempotencyKey }) => {
      const receivedAt = now();
      const eventId =
        idempotencyKey === undefined
          ? newId("evt")
          : commandEventId(workspaceId, command, idempotencyKey);
      const id = `${workspaceId}/api/${eventId}`;
      const hash = eventHash(command, 0, body);
      await inbox.add([
        {
          id,
          workspaceId,
          channelId: null,
          source: "api",
          type: command,
          eventId,
          occurredAt: receivedAt,
          receivedAt,
          quarantined: null,
          lineUserId: null,
          body,
          hash,
        },
      ]);
      const end = await untilDone(workspaceId, id);
      if (end && end.hash !== null && end.hash !== hash)
        throw new Failure("idempotency_mismatch", "this key was used with another request");
      return end;
    },
  };
};
