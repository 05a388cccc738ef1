import { Failure } from "@yubin/errors";
import { idFrom, importFormats, newId } from "@yubin/types";
import { z } from "zod";

import { audienceListView, checkOpenForList, type AudienceList } from "../domain/audience-list.ts";
import type { Campaign } from "../domain/campaign.ts";
import { defineRoute, type ApiAnswer, type ApiRoute } from "./api-route.ts";
import { findCampaign } from "./get-campaign.ts";
import { importFile, importTimeout, type UploadSlots } from "./import-file.ts";
import { receiveList, type ReceiveListDeps } from "./receive-list.ts";

export interface AudienceRoutesDeps extends ReceiveListDeps {
  readonly uploadSlots: UploadSlots;
}

const newListQuery = z.strictObject({
  format: z.enum(importFormats),
  replace: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .optional(),
});

/**
 * Takes the list of people that is a campaign's audience. It is in use when the whole of it is here, in place of the
 * one before. Its id follows from the Idempotency-Key: the same request again goes on with an upload that broke off.
 */
export const postAudience = (deps: AudienceRoutesDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof newListQuery>({
    method: "post",
    path: "/v1/campaigns/:id/audience",
    scope: "send",
    query: newListQuery,
    file: importFile,
    creates: "fact",
    timeout: importTimeout,
    handle: ({ caller: { workspaceId }, params, query, idempotencyKey, file }) =>
      deps.uploadSlots(async () => {
        const campaign = await findCampaign(deps.campaigns, workspaceId, params["id"]);
        const id =
          idempotencyKey === undefined
            ? newId("list")
            : idFrom("list", workspaceId, campaign.id, idempotencyKey);
        checkOpenForList(campaign);
        if (campaign.list && campaign.list.id !== id && query.replace !== true)
          throw new Failure(
            "audience_exists",
            "the campaign has a list; replace=true takes another",
          );
        const list = await openList(deps, campaign, { id, format: query.format });
        return received(deps, list, { file, firstRow: 1 });
      }),
  });

const restQuery = z.strictObject({
  fromRow: z
    .string()
    .regex(/^[1-9]\d{0,9}$/)
    .transform(Number)
    .optional(),
});

/** Goes on with an upload that broke off: rows that are here already are passed over, or left out with `fromRow`. */
export const putAudience = (deps: AudienceRoutesDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof restQuery>({
    method: "put",
    path: "/v1/campaigns/:id/audience/:listId",
    scope: "send",
    query: restQuery,
    file: importFile,
    timeout: importTimeout,
    handle: ({ caller: { workspaceId }, params, query: { fromRow = 1 }, file }) =>
      deps.uploadSlots(async () => {
        const campaign = await findCampaign(deps.campaigns, workspaceId, params["id"]);
        const known = await findList(deps, campaign, params["listId"]);
        checkOpenForList(campaign);
        if (fromRow > known.rows + 1)
          throw new Failure("param_invalid", `rows from ${known.rows + 1} on are not here yet`, {
            field: "fromRow",
          });
        const list = await openList(deps, campaign, known);
        return received(deps, list, { file, firstRow: fromRow });
      }),
  });

/** How far a list has come, and what is wrong with rows that were refused. */
export const getAudience = (deps: AudienceRoutesDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/campaigns/:id/audience/:listId",
    scope: "read",
    handle: async ({ caller: { workspaceId }, params }) => {
      const campaign = await findCampaign(deps.campaigns, workspaceId, params["id"]);
      const list = await findList(deps, campaign, params["listId"]);
      return { status: 200, body: audienceListView(list) };
    },
  });

const openList = (
  { audienceLists, now }: AudienceRoutesDeps,
  { id: campaignId, workspaceId }: Campaign,
  { id, format }: Pick<AudienceList, "id" | "format">,
): Promise<AudienceList> =>
  audienceLists.open({
    id,
    workspaceId,
    campaignId,
    format,
    upload: newId("evt"),
    createdAt: now(),
  });

/** What is whole already is only put to use; the file is not read again. */
const received = async (
  deps: AudienceRoutesDeps,
  opened: AudienceList,
  { file, firstRow }: { readonly file: AsyncIterable<Buffer>; readonly firstRow: number },
): Promise<ApiAnswer> => {
  const list =
    opened.state === "receiving"
      ? await receiveList(deps, opened, { bytes: file, firstRow })
      : opened;
  if (list.state !== "received") throw new Failure("state_invalid", `the list is ${list.state}`);
  if (!(await deps.audienceLists.use(list))) {
    checkOpenForList(await findCampaign(deps.campaigns, list.workspaceId, list.campaignId));
    throw new Failure("audience_exists", "the campaign has a list that was begun later");
  }
  return { status: 201, body: audienceListView(list) };
};

const findList = async (
  { audienceLists }: AudienceRoutesDeps,
  campaign: Campaign,
  listId: string | undefined,
): Promise<AudienceList> => {
  const list = await audienceLists.find(campaign, listId ?? "");
  if (!list) throw new Failure("not_found", "no such list");
  return list;
};
