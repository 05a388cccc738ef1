import { z } from "zod";

import type { Cursors } from "../domain/cursors.ts";
import { readPeopleFilter } from "../domain/people-filter.ts";
import { profileView, type Profiles } from "../domain/profile.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { exportProfiles } from "./export-profiles.ts";
import { exportFormat } from "./export-rows.ts";
import { pageQuery } from "./paging.ts";

export interface GetProfilesDeps {
  readonly profiles: Profiles;
  readonly cursors: Cursors;
}

/** After this long a page is answered with what was found. */
const searchMs = 2_000;
/** Filters have names of their own rules, see `readPeopleFilter`. */
const query = pageQuery.catchall(z.unknown());

/** Everybody we know, or those whom a filter means, by id: as a page, or all of them as a file. */
export const getProfiles = ({ profiles, cursors }: GetProfilesDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof query>({
    method: "get",
    path: "/v1/profiles",
    scope: "read",
    query,
    handle: async ({ caller: { workspaceId }, query: { limit, cursor, ...given }, accept }) => {
      const filter = readPeopleFilter(given);
      const list = `${workspaceId}/profiles${JSON.stringify(filter)}`;
      const after = cursor === undefined ? "" : cursors.read(list, cursor);
      const format = exportFormat(accept);
      if (format) return exportProfiles(profiles, format, { workspaceId, filter, after });

      const until = performance.now() + searchMs;
      const { profiles: found, next } = await profiles.search(workspaceId, filter, {
        after,
        limit,
        isTimeUp: () => performance.now() > until,
      });
      return {
        status: 200,
        body: {
          data: found.map(profileView),
          nextCursor: next === undefined ? null : cursors.write(list, next),
        },
      };
    },
  });
