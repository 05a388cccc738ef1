import { Failure } from "@yubin/errors";
import { z } from "zod";

import { conflictView, partiesOf, type Conflicts } from "../domain/conflict.ts";
import type { Cursors } from "../domain/cursors.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { pageQuery, readPage } from "./paging.ts";

export interface GetConflictsDeps {
  readonly conflicts: Conflicts;
  readonly cursors: Cursors;
}

const conflictsQuery = pageQuery.extend({ state: z.enum(["open", "resolved", "all"]).optional() });

/** What is never guessed and waits for people; only what is open, unless asked otherwise. */
export const getConflicts = ({ conflicts, cursors }: GetConflictsDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof conflictsQuery>({
    method: "get",
    path: "/v1/conflicts",
    scope: "read",
    query: conflictsQuery,
    handle: async ({ caller: { workspaceId }, query }) => {
      const { state = "open" } = query;
      const page = await readPage({
        cursors,
        list: `${workspaceId}/conflicts/${state}`,
        query,
        read: ({ after, limit }) =>
          conflicts.list(workspaceId, {
            after,
            limit,
            state: state === "all" ? undefined : state,
          }),
        idOf: ({ id }) => id,
        view: (conflict) => conflict,
      });
      const parties = page.data.flatMap(partiesOf);
      const externalIds = await conflicts.externalIds(workspaceId, parties);
      const data = page.data.map((conflict) => conflictView(conflict, externalIds));
      return { status: 200, body: { ...page, data } };
    },
  });

export const getConflict = ({ conflicts }: Pick<GetConflictsDeps, "conflicts">): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/conflicts/:id",
    scope: "read",
    handle: async ({ caller: { workspaceId }, params }) => {
      const conflict = await conflicts.find(workspaceId, params["id"] ?? "");
      if (!conflict) throw new Failure("not_found", "no such conflict");
      const externalIds = await conflicts.externalIds(workspaceId, partiesOf(conflict));
      return { status: 200, body: conflictView(conflict, externalIds) };
    },
  });
