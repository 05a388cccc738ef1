import { Failure } from "@yubin/errors";
import { idFrom, newId } from "@yubin/types";
import type { z } from "zod";

import type { CommandEnd, Commands } from "../domain/commands.ts";
import { mergeView, type Merges } from "../domain/merge.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { erasedPerson } from "./find-profile.ts";

export interface PostMergeUndoDeps {
  readonly merges: Merges;
  readonly commands: Commands;
}

/** Takes a merge back: both people are what they were, with what was told since under the names of each. */
export const postMergeUndo = ({ merges, commands }: PostMergeUndoDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "post",
    path: "/v1/merges/:id/undo",
    scope: "track",
    creates: "fact",
    handle: async ({ caller: { workspaceId }, params, idempotencyKey }) => {
      const mergeId = params["id"] ?? "";
      const before = await merges.find(workspaceId, mergeId);
      if (!before || before.state === "preview") throw new Failure("not_found", "no such merge");
      if (before.state === "undone") return { status: 200, body: mergeView(before) };
      const key = idempotencyKey ?? newId("req");
      const end = await commands.give("undo", { mergeId }, { workspaceId, idempotencyKey: key });
      if (!end) return { status: 202, body: { id: idFrom("evt", workspaceId, "undo", key) } };
      refuseUndone(end);
      const after = (await merges.find(workspaceId, mergeId)) ?? before;
      return { status: 200, body: mergeView(after) };
    },
  });

const refuseUndone = ({ reason }: CommandEnd): void => {
  if (reason === "profile_erased") throw erasedPerson();
  if (reason === "undo_expired")
    throw new Failure("undo_expired", "the time in which this merge could be undone is over");
  if (reason === "undo_blocked")
    throw new Failure(
      "undo_blocked",
      "a later merge of the same person has to be undone first; GET /v1/merges?profile= lists them",
    );
  if (reason === "not_undoable")
    throw new Failure("undo_blocked", "this merge is not one that can be undone at the moment");
};
