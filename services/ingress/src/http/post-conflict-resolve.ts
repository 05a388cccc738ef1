import { Failure } from "@yubin/errors";
import { idFrom, newId, parseProfileRef, resolveRequest, type ResolveRequest } from "@yubin/types";

import type { CommandEnd, Commands } from "../domain/commands.ts";
import { conflictView, partiesOf, type Conflict, type Conflicts } from "../domain/conflict.ts";
import type { Profiles } from "../domain/profile.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { erasedPerson } from "./find-profile.ts";

export interface PostConflictResolveDeps {
  readonly conflicts: Conflicts;
  readonly profiles: Profiles;
  readonly commands: Commands;
}

/** What people decided: whose the LINE ID is, or whether two profiles are one person. */
export const postConflictResolve = (deps: PostConflictResolveDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/conflicts/:id/resolve",
    scope: "track",
    creates: "fact",
    body: resolveRequest,
    handle: async ({ caller: { workspaceId }, params, body, idempotencyKey }) => {
      const conflictId = params["id"] ?? "";
      const conflict = await deps.conflicts.find(workspaceId, conflictId);
      if (!conflict) throw new Failure("not_found", "no such conflict");
      const to = await chosenOf(deps, workspaceId, { conflict, body });
      const key = idempotencyKey ?? newId("req");
      const caller = { workspaceId, idempotencyKey: key };
      const end = await deps.commands.give("resolve", { conflictId, to }, caller);
      if (!end) return { status: 202, body: { id: idFrom("evt", workspaceId, "resolve", key) } };
      refuseUndone(end);
      const after = (await deps.conflicts.find(workspaceId, conflictId)) ?? conflict;
      const externalIds = await deps.conflicts.externalIds(workspaceId, partiesOf(after));
      return { status: 200, body: conflictView(after, externalIds) };
    },
  });

const chosenOf = async (
  { profiles }: PostConflictResolveDeps,
  workspaceId: string,
  { conflict, body }: { conflict: Conflict; body: ResolveRequest },
): Promise<string> => {
  if ("decision" in body) {
    if (conflict.kind !== "merge")
      throw new Failure("state_invalid", "this is about a LINE ID: say whose it is, with `to`", {
        field: "decision",
      });
    const [claimant] = conflict.claimants;
    return body.decision === "merge" && claimant ? claimant.profileId : conflict.holderId;
  }
  if (conflict.kind === "merge")
    throw new Failure(
      "state_invalid",
      "this is about two profiles: say `decision`: merge or keep_apart",
      { field: "to" },
    );
  const ref = parseProfileRef(body.to);
  const home = ref && (await profiles.home(workspaceId, ref));
  if (!home) throw new Failure("not_found", "no such person", { field: "to" });
  if (home.isErased) throw erasedPerson();
  return home.profileId;
};

const refuseUndone = ({ reason, state }: CommandEnd): void => {
  if (reason === "not_a_claimant")
    throw new Failure("state_invalid", "neither the holder nor one of those who claim it", {
      field: "to",
    });
  if (reason === "limit_exceeded")
    throw new Failure("limit_exceeded", "together they would be more than one profile can hold");
  if (state !== "applied") throw new Failure("not_found", "no such conflict");
};
