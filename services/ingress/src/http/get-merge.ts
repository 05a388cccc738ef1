import { Failure } from "@yubin/errors";
import { parseProfileRef } from "@yubin/types";
import { z } from "zod";

import type { Cursors } from "../domain/cursors.ts";
import { mergeView, type Merges } from "../domain/merge.ts";
import type { Profiles } from "../domain/profile.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { findProfile } from "./find-profile.ts";
import { pageQuery, readPage } from "./paging.ts";

export interface GetMergesDeps {
  readonly merges: Merges;
  readonly profiles: Profiles;
  readonly cursors: Cursors;
}

/** One merge or preview: what stays, what it stood against, and until when it can be undone. */
export const getMerge = ({ merges }: Pick<GetMergesDeps, "merges">): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/merges/:id",
    scope: "read",
    handle: async ({ caller: { workspaceId }, params }) => {
      const merge = await merges.find(workspaceId, params["id"] ?? "");
      if (!merge) throw new Failure("not_found", "no such merge");
      return { status: 200, body: mergeView(merge) };
    },
  });

const mergesQuery = pageQuery.extend({ profile: z.string().min(1).max(512).optional() });

/** Merges, of one person where `profile` names one. */
export const getMerges = ({ merges, profiles, cursors }: GetMergesDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof mergesQuery>({
    method: "get",
    path: "/v1/merges",
    scope: "read",
    query: mergesQuery,
    handle: async ({ caller: { workspaceId }, query }) => {
      const profileIds = await idsOf({ profiles }, workspaceId, query.profile);
      return {
        status: 200,
        body: await readPage({
          cursors,
          list: `${workspaceId}/merges/${query.profile ?? ""}`,
          query,
          read: (page) => merges.list(workspaceId, { ...page, profileIds }),
          idOf: ({ id }) => id,
          view: mergeView,
        }),
      };
    },
  });

const idsOf = async (
  { profiles }: Pick<GetMergesDeps, "profiles">,
  workspaceId: string,
  ref: string | undefined,
): Promise<string[] | undefined> => {
  if (ref === undefined) return undefined;
  if (!parseProfileRef(ref))
    throw new Failure("param_invalid", "a person is prof_…, user:…, email:… or line:…", {
      field: "profile",
    });
  const { id, mergedFrom } = await findProfile(profiles, workspaceId, ref);
  return [id, ...mergedFrom];
};
