import { Failure } from "@yubin/errors";
import type { AudienceListState, AudienceListView, ImportFormat } from "@yubin/types";

import { isOpenToChange, type Campaign } from "./campaign.ts";
import type { ImportProblem } from "./import.ts";
import type { ListRow } from "./list-row.ts";

/** A list of people for one campaign, on its way in or whole. */
export interface AudienceList {
  readonly id: string;
  readonly workspaceId: string;
  readonly campaignId: string;
  readonly format: ImportFormat;
  readonly state: AudienceListState;
  readonly reason: string | null;
  /** The upload that may write: the last that began. */
  readonly upload: string;
  readonly rows: number;
  readonly accepted: number;
  readonly refused: number;
  readonly pages: number;
  readonly problems: readonly ImportProblem[];
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

/** Rows that were looked at together: the page of the good ones is stored already. */
export interface PageTaken {
  /** The last of them. */
  readonly upTo: number;
  readonly accepted: number;
  readonly problems: readonly ImportProblem[];
}

export interface AudienceLists {
  find(of: Pick<Campaign, "id" | "workspaceId">, listId: string): Promise<AudienceList | undefined>;
  /** The list of this id, made where there is none; while it is being received this upload alone may write to it now. */
  open(
    given: Pick<
      AudienceList,
      "id" | "workspaceId" | "campaignId" | "format" | "upload" | "createdAt"
    >,
  ): Promise<AudienceList>;
  /** Stores the page after the last that was taken; false where another upload has begun. */
  put(list: AudienceList, rows: readonly ListRow[]): Promise<boolean>;
  /** Counts rows, and their page; undefined where another upload has begun, or the list is not received any more. */
  take(list: AudienceList, taken: PageTaken): Promise<AudienceList | undefined>;
  /** Ends receiving; undefined as above. */
  end(
    list: AudienceList,
    how: {
      readonly state: "received" | "failed";
      readonly reason: string | null;
      readonly at: Date;
    },
  ): Promise<AudienceList | undefined>;
  /**
   * Makes a whole list the audience of its campaign, in one write, and puts those begun before it away. False where the
   * campaign is not to be changed any more, or has a list that was begun later. Safe to repeat.
   */
  use(list: AudienceList): Promise<boolean>;
}

/** Fails where a campaign's list cannot be changed. */
export const checkOpenForList = (campaign: Campaign): void => {
  if (campaign.audience.type !== "list")
    throw new Failure(
      "state_invalid",
      `the campaign's audience is ${campaign.audience.type}, not list`,
    );
  if (!isOpenToChange(campaign))
    throw new Failure("campaign_locked", `the campaign is ${campaign.state}`);
};

export const audienceListView = (list: AudienceList): AudienceListView => ({
  id: list.id,
  campaignId: list.campaignId,
  format: list.format,
  state: list.state,
  reason: list.reason,
  rows: list.rows,
  accepted: list.accepted,
  refused: list.refused,
  problems: list.problems,
  createdAt: list.createdAt.toISOString(),
  endedAt: list.endedAt?.toISOString() ?? null,
});
