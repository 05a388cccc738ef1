import { Failure } from "@yubin/errors";
import { lineLinkEventId } from "@yubin/types";

import type { CommandEnd, Commands, CommandsDeps } from "./commands.ts";
import { hasWholeEffect, type LineLink } from "./line-link.ts";

/** Fails where identity did not do what was asked; the reasons are words of ours. */
export const checkLinkEnd = (end: CommandEnd): void => {
  if (hasWholeEffect(end)) return;
  if (end.reason === "conflict_pending")
    throw new Failure(
      "line_id_taken",
      "the LINE ID belongs to another known person; it waits in the conflict queue",
    );
  if (end.reason === "too_many_links")
    throw new Failure("too_many_links", "the person has as many LINE IDs as there may be");
  throw new Failure("link_refused", `not done: ${end.reason ?? end.state}`);
};

export interface LinkEndDeps {
  readonly findEnd: CommandsDeps["findEnd"];
  readonly commands: Commands;
}

/** How identity ended what a proven link led to: a command, or the identify call that used the link. */
export const linkEnd = async (
  { findEnd, commands }: LinkEndDeps,
  link: LineLink,
): Promise<CommandEnd | undefined> => {
  const { id, workspaceId, state, provedBy } = link;
  if (state !== "proven") return undefined;
  if (provedBy?.startsWith("evt_"))
    return await findEnd(workspaceId, `${workspaceId}/track/${provedBy}`);
  const end = await findEnd(workspaceId, `${workspaceId}/api/${lineLinkEventId(workspaceId, id)}`);
  // A process may have ended between the person's yes and its command.
  return end ?? (provedBy === "page" ? await carryOut(commands, link) : undefined);
};

/** Stored before it is answered, under an id that follows from the link: however often, it is one command. */
export const carryOut = async (
  commands: Commands,
  { id, workspaceId, profileId, provider, lineUserId }: LineLink,
): Promise<CommandEnd | undefined> => {
  if (lineUserId === null) throw new Error("a page link without a LINE ID");
  return await commands.give(
    "link",
    { profileId, provider, lineUserId, proof: "link_page" },
    { workspaceId, idempotencyKey: id },
  );
};
