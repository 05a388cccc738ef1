import { Failure } from "@yubin/errors";
import { limits, mergeRequest, newId, parseProfileRef, type MergeRequest } from "@yubin/types";

import { commandEventId, type CommandEnd, type Commands } from "../domain/commands.ts";
import { mergeView, type Merges } from "../domain/merge.ts";
import type { Profiles } from "../domain/profile.ts";
import { defineRoute, type ApiAnswer, type ApiRoute } from "./api-route.ts";
import { erasedPerson, noSuchPerson } from "./find-profile.ts";

export interface PostMergesDeps {
  readonly profiles: Profiles;
  readonly merges: Merges;
  readonly commands: Commands;
}

/** Makes two people one by the law of merging, or tells what that would do. */
export const postMerges = (deps: PostMergesDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/merges",
    scope: "track",
    creates: "fact",
    body: mergeRequest,
    handle: async ({ caller: { workspaceId }, body, idempotencyKey }) => {
      const from = await homeOf(deps, workspaceId, { body, field: "from" });
      const into = await homeOf(deps, workspaceId, { body, field: "into" });
      const command = body.preview === true ? "preview" : "merge";
      const key = idempotencyKey ?? newId("req");
      const end = await deps.commands.give(
        command,
        { from, into },
        { workspaceId, idempotencyKey: key },
      );
      if (!end) return { status: 202, body: { id: commandEventId(workspaceId, command, key) } };
      return await answerOf(deps, workspaceId, { end, from, into });
    },
  });

const homeOf = async (
  { profiles }: PostMergesDeps,
  workspaceId: string,
  { body, field }: { body: MergeRequest; field: "from" | "into" },
): Promise<string> => {
  const ref = parseProfileRef(body[field]);
  if (!ref)
    throw new Failure("request_invalid", "a person is prof_…, user:…, email:… or line:…", {
      field,
    });
  const home = await profiles.home(workspaceId, ref);
  if (!home) throw new Failure("not_found", "no such person", { field });
  if (home.isErased) throw erasedPerson();
  return home.profileId;
};

const answerOf = async (
  { merges }: PostMergesDeps,
  workspaceId: string,
  { end, from, into }: { end: CommandEnd; from: string; into: string },
): Promise<ApiAnswer> => {
  if (end.reason === "already_same") {
    const nothing = { askedBy: null, values: [], startedAt: null, undoUntil: null, undoneAt: null };
    return { status: 200, body: { id: null, state: "already_same", from, into, ...nothing } };
  }
  if (end.reason === "profile_erased") throw erasedPerson();
  if (end.reason === "profile_unknown") throw noSuchPerson();
  if (end.reason === "limit_exceeded")
    throw new Failure(
      "limit_exceeded",
      `together they would have over ${limits.lineAccountsMax} LINE IDs, ${limits.mergedTraitsMax} traits or ${limits.mergedProfilesMax} profiles`,
    );
  const merge = await merges.findByEvent(workspaceId, end.eventRowId);
  if (!merge) throw new Failure("internal", "the merge was made and has no journal");
  return { status: 200, body: mergeView(merge) };
};
