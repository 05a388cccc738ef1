import type { UnknownView } from "@yubin/types";
import { z } from "zod";

import type { Cursors } from "../domain/cursors.ts";
import {
  afterUnknowns,
  readUnknownPlace,
  unknownPlaceText,
  unknownView,
  type Unknown,
  type UnknownFilter,
  type UnknownPlace,
  type Unknowns,
} from "../domain/unknown.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { firstOf, viewsOf } from "./batch-walk.ts";
import { exportFormat, exportRows, type RowForms } from "./export-rows.ts";
import { pageQuery, readPage } from "./paging.ts";

export interface GetUnknownsDeps {
  readonly unknowns: Unknowns;
  readonly cursors: Cursors;
}

const unknownsQuery = pageQuery.extend({
  channelId: z.string().min(1).max(512).optional(),
  campaignId: z.string().min(1).max(512).optional(),
  reason: z
    .string()
    .regex(/^[a-z0-9_]{1,64}$/)
    .optional(),
});

/**
 * Everybody of whom nobody can say whether LINE has their message, of all campaigns and messages, with what to do: as a
 * page, or all of them as a file.
 */
export const getUnknowns = ({ unknowns, cursors }: GetUnknownsDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof unknownsQuery>({
    method: "get",
    path: "/v1/unknowns",
    scope: "read",
    query: unknownsQuery,
    handle: async ({ caller, query: { channelId, campaignId, reason, ...query }, accept }) => {
      const { workspaceId } = caller;
      const filter: UnknownFilter = { channelId, campaignId, reason };
      const list = `${workspaceId}/unknowns${JSON.stringify(filter)}`;
      const batchesFrom = (after: string): AsyncIterable<readonly Unknown[]> =>
        batchesOf(unknowns, workspaceId, { filter, from: readUnknownPlace(after) });
      const format = exportFormat(accept);
      if (format) {
        const after = query.cursor === undefined ? "" : cursors.read(list, query.cursor);
        return exportRows(format, viewsOf(batchesFrom(after), unknownView), forms);
      }
      const page = await readPage({
        cursors,
        list,
        query,
        read: ({ after, limit }) => firstOf(batchesFrom(after), limit),
        idOf: ({ place }) => unknownPlaceText(place),
        view: unknownView,
      });
      return { status: 200, body: page };
    },
  });

async function* batchesOf(
  unknowns: Unknowns,
  workspaceId: string,
  { filter, from }: { readonly filter: UnknownFilter; readonly from: UnknownPlace | undefined },
): AsyncGenerator<readonly Unknown[]> {
  for (let after = from; ;) {
    const found = await unknowns.nextBatch(workspaceId, filter, after);
    if (!found) return;
    yield found.unknowns;
    after = afterUnknowns(found.batch);
  }
}

const forms: RowForms<UnknownView> = {
  view: (view) => view,
  columns: {
    parkedAt: ({ parkedAt }) => parkedAt,
    reason: ({ reason }) => reason,
    campaignId: ({ campaignId }) => campaignId,
    campaignName: ({ campaignName }) => campaignName,
    messageId: ({ messageId }) => messageId,
    channelId: ({ channelId }) => channelId,
    profileId: ({ profileId }) => profileId,
    externalId: ({ externalId }) => externalId,
    ref: ({ ref }) => ref,
    lineUserId: ({ lineUserId }) => lineUserId,
    firstAttemptAt: ({ firstAttemptAt }) => firstAttemptAt,
    erased: ({ erased }) => String(erased),
    advice: ({ advice }) => advice,
  },
};
