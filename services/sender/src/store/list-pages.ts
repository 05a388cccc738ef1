import type { Store } from "@yubin/store";

import type { AudienceReader } from "../domain/plan-people.ts";

const digits = 6;
const padded = (number: number): string => String(number).padStart(digits, "0");

export const pageIdOf = (listId: string, page: number): string => `${listId}/${padded(page)}`;

/** All pages of a list, by their ids. */
const pagesOf = (listId: string) => ({ $gte: `${listId}/`, $lt: `${listId}0` }); // 0 comes right after /

/** A place in a list, as planning keeps it: places sort as their texts do. */
export const listCursor = (page: number, row: number): string => `${padded(page)}/${padded(row)}`;

const placeAt = (cursor: string | null): { readonly page: number; readonly row: number } => {
  const [page = "1", row = "0"] = (cursor ?? "").split("/");
  return { page: Number(page || "1"), row: Number(row) };
};

/** Reads an uploaded list, never more than a page of it. */
export const createListReader = ({
  audiencePages,
}: Pick<Store, "audiencePages">): Pick<AudienceReader, "readList" | "dropData"> => ({
  readList: async ({ workspaceId, list }, { cursor, count }) => {
    const { page, row } = placeAt(cursor);
    if (!list || page > list.pages) return undefined;
    const found = await audiencePages.findOne({ _id: pageIdOf(list.id, page), workspaceId });
    if (!found) throw new Error("a page of an uploaded list is not there");
    const refs = found.refs.slice(row, row + count);
    const end = row + refs.length;
    return {
      rows: refs.map((ref, at) => ({ ref, data: found.data[row + at] ?? undefined })),
      cursor: end < found.refs.length ? listCursor(page, end) : listCursor(page + 1, 0),
    };
  },
  dropData: async ({ workspaceId, list }) => {
    if (list)
      await audiencePages.updateMany(
        { _id: pagesOf(list.id), workspaceId },
        { $set: { data: [] } },
      );
  },
});
