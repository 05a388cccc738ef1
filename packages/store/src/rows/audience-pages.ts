import { defineRows, field } from "../define-rows.ts";

/**
 * Rows of an uploaded list, in their order (`_id` = `listId/000001`, counted from 1), so that neither uploading nor
 * planning ever holds more than a page. By column: the same index in each is the same row.
 */
export interface AudiencePageRow {
  _id: string;
  workspaceId: string;
  campaignId: string;
  listId: string;
  /** Which upload wrote it: of two at once, the later one has the say. */
  upload: string;
  /** As `refText` writes them, or as given where they are none. */
  refs: string[];
  /** What the list says of them besides; null where it says nothing, empty where nobody has any or all are planned. */
  data: (Record<string, unknown> | null)[];
  /** Erasures that took somebody out: what was planned from this page is looked at again. */
  erasures: string[];
}

export const audiencePageRows = defineRows<AudiencePageRow>({
  collection: "audiencePages",
  fields: {
    _id: field.id,
    workspaceId: field.id,
    campaignId: field.id,
    listId: field.id,
    upload: field.id,
    refs: field.texts,
    data: field.list,
    erasures: field.texts,
  },
  indexes: [{ keys: { workspaceId: 1, refs: 1 } }, { keys: { workspaceId: 1, erasures: 1 } }],
});
