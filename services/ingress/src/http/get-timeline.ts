import { z } from "zod";

import type { Cursors } from "../domain/cursors.ts";
import type { Profiles } from "../domain/profile.ts";
import { positionFrom, positionText, type Timelines } from "../domain/timeline.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { findProfile } from "./find-profile.ts";
import { pageQuery } from "./paging.ts";

export interface GetTimelineDeps {
  readonly profiles: Profiles;
  readonly timelines: Timelines;
  readonly cursors: Cursors;
  readonly now: () => Date;
}

const query = pageQuery.extend({
  // Of a caller's message id, which may be long.
  cursor: z.string().min(1).max(2_000).optional(),
  types: z
    .string()
    .regex(/^[A-Za-z_]{1,40}(,[A-Za-z_]{1,40}){0,19}$/)
    .transform((text) => [...new Set(text.split(","))].sort())
    .optional(),
});
const readMs = 2_000;

/** What a person did and was sent, the newest first, with what those did whom they absorbed. */
export const getTimeline = ({ profiles, timelines, cursors, now }: GetTimelineDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof query>({
    method: "get",
    path: "/v1/profiles/:ref/timeline",
    scope: "read",
    query,
    handle: async ({ caller: { workspaceId }, params, query: { limit, cursor, types } }) => {
      const { id, mergedFrom } = await findProfile(profiles, workspaceId, params["ref"]);
      const list = `${workspaceId}/profiles/${id}/timeline/${types?.join(",") ?? ""}`;
      const until = performance.now() + readMs;
      const { items, next } = await timelines.read({
        workspaceId,
        profileIds: [id, ...mergedFrom],
        before: cursor === undefined ? undefined : positionFrom(cursors.read(list, cursor)),
        limit,
        types,
        isTimeUp: () => performance.now() > until,
        now: now(),
      });
      return {
        status: 200,
        body: {
          data: items,
          nextCursor: next === undefined ? null : cursors.write(list, positionText(next)),
        },
      };
    },
  });
