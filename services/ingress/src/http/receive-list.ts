import { Failure } from "@yubin/errors";
import { limits } from "@yubin/types";

import {
  checkOpenForList,
  type AudienceList,
  type AudienceLists,
} from "../domain/audience-list.ts";
import type { Campaigns } from "../domain/campaign.ts";
import type { ImportProblem } from "../domain/import.ts";
import { isListColumn, listRow, refColumn, type ListRow } from "../domain/list-row.ts";
import { findCampaign } from "./get-campaign.ts";
import { faultAt, readRows, type ReadRow } from "./read-rows.ts";
import type { Upload } from "./receive-import.ts";

export interface ReceiveListDeps {
  readonly audienceLists: AudienceLists;
  readonly campaigns: Campaigns;
  readonly now: () => Date;
}

const columns = { isColumn: isListColumn, required: refColumn };

/**
 * Stores the rows of a list page by page as they come, and counts each page in the step after it, so that an upload
 * that breaks off goes on behind the last that was counted. Of the file a page is in memory.
 */
export const receiveList = async (
  deps: ReceiveListDeps,
  opened: AudienceList,
  { bytes, firstRow }: Upload,
): Promise<AudienceList> => {
  let list = opened;
  let page = emptyPage();
  const flush = async (): Promise<void> => {
    if (page.upTo === 0) return;
    list = await storePage(deps, list, page);
    page = emptyPage();
  };

  let row = firstRow - 1;
  try {
    for await (const read of readRows(opened.format, bytes, columns)) {
      row += 1;
      if (row <= opened.rows) continue;
      if (row > limits.listRowsMax) throw tooLarge();
      const [taken, size] = rowOf(opened, row, read);
      if (isFull(page, size)) await flush();
      put(page, row, taken, size);
    }
  } catch (error) {
    await flush();
    throw await ended(deps, list, { row: row + 1, error });
  }
  await flush();
  return heldBy(deps.audienceLists.end(list, { state: "received", reason: null, at: deps.now() }));
};

interface Page {
  readonly rows: ListRow[];
  readonly problems: ImportProblem[];
  upTo: number;
  bytes: number;
}

const emptyPage = (): Page => ({ rows: [], problems: [], upTo: 0, bytes: 0 });

const isFull = ({ rows, problems, bytes }: Page, more: number): boolean =>
  rows.length >= limits.listPageRows ||
  problems.length >= limits.listPageRows ||
  (rows.length > 0 && bytes + more > limits.listPageBytes);

const put = (page: Page, row: number, taken: ListRow | ImportProblem, bytes: number): void => {
  page.upTo = row;
  page.bytes += bytes;
  if ("ref" in taken) page.rows.push(taken);
  else page.problems.push(taken);
};

/** The row or what is wrong with it, and how many bytes it is about. */
const rowOf = (
  { format }: AudienceList,
  row: number,
  { fields, failure }: ReadRow,
): [ListRow | ImportProblem, number] => {
  try {
    if (failure) throw failure;
    const taken = listRow(format, fields);
    return [taken, Buffer.byteLength(JSON.stringify(taken))];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, field, message } = error;
    return [{ row, code, field: field ?? null, message }, 0];
  }
};

/** A launch in the meantime is told at the next page, not after the last gigabyte. */
const storePage = async (
  { audienceLists, campaigns }: ReceiveListDeps,
  list: AudienceList,
  { rows, problems, upTo }: Page,
): Promise<AudienceList> => {
  checkOpenForList(await findCampaign(campaigns, list.workspaceId, list.campaignId));
  if (rows.length > 0 && !(await audienceLists.put(list, rows))) throw taken();
  return heldBy(audienceLists.take(list, { upTo, accepted: rows.length, problems }));
};

const taken = (): Failure =>
  new Failure("in_progress", "another upload of this list has begun", { retryAfterMs: 1_000 });

const tooLarge = (): Failure =>
  new Failure("audience_too_large", `at most ${limits.listRowsMax} rows`);

/** The list as it is after a write, which only the upload that it names can have made. */
const heldBy = async (written: Promise<AudienceList | undefined>): Promise<AudienceList> => {
  const next = await written;
  if (!next) throw taken();
  return next;
};

/** A file that cannot be read on has failed; what breaks off for another reason can be gone on with. */
const ended = async (
  { audienceLists, now }: ReceiveListDeps,
  list: AudienceList,
  { row, error }: { readonly row: number; readonly error: unknown },
): Promise<unknown> => {
  if (!(error instanceof Failure)) return error;
  const reasons: Partial<Record<Failure["code"], string>> = {
    csv_invalid: faultAt(row, error),
    body_too_large: `over ${limits.importBytes} bytes`,
    audience_too_large: error.message,
  };
  const reason = reasons[error.code];
  if (reason === undefined) return error;
  await audienceLists.end(list, { state: "failed", reason, at: now() });
  return error.code === "csv_invalid" ? new Failure("csv_invalid", reason) : error;
};
