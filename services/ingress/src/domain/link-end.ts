import { Failure } from "@yubin/errors";

import type { CommandEnd } from "./commands.ts";
import { hasWholeEffect } from "./line-link.ts";

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
