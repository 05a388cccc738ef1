import { Failure } from "@yubin/errors";
import {
  batchRequest,
  limits,
  newId,
  type BatchRowView,
  type BatchView,
  type TrackKind,
} from "@yubin/types";

import type { EventsStored, InboundEvent } from "../domain/inbound-event.ts";
import { inToldOrder } from "../domain/in-told-order.ts";
import { publicEventId } from "../domain/tracked-event.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import type { PostIdentifyDeps } from "./post-identify.ts";
import { segmentReaders, type SegmentPlace } from "./segment-fact.ts";

export interface PostBatchDeps extends PostIdentifyDeps {
  /** Told of each row that was not taken: clients that send batches look at nothing but the status. */
  readonly onRowRefused: (failure: Failure) => void;
}

/**
 * Many calls at once, as Segment's clients send them. Each row is judged by itself, and those that are taken are
 * stored by one write; a client that repeats a batch changes nothing, since a message id is a fact.
 */
export const postBatch = ({ inbox, providers, now, onRowRefused }: PostBatchDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/batch",
    scope: "track",
    creates: "yes",
    body: batchRequest,
    batch: { rows: "batch", maxBytes: limits.batchBodyBytes },
    handle: async ({ caller: { workspaceId }, body, idempotencyKey }) => {
      const read = await readRows(body.batch, {
        workspaceId,
        idempotencyKey,
        newId: () => newId("evt"),
        receivedAt: now(),
        providers: once(() => providers(workspaceId)),
      });
      for (const row of read) if (row instanceof Failure) onRowRefused(row);
      const events = firstOfEach(read);
      const { each } = await inbox.add(inToldOrder(events));
      const answer = batchView(read, events, each);
      return { status: answer.refused > 0 ? 207 : 202, body: answer };
    },
  });

type ReadRow = InboundEvent | Failure;

const readRows = async (rows: readonly unknown[], place: SegmentPlace): Promise<ReadRow[]> => {
  const read: ReadRow[] = [];
  for (const [at, row] of rows.entries()) read.push(await readRow(row, rowPlace(place, at)));
  return read;
};

/** The key is the request's, and each row is a fact of its own. */
const rowPlace = (place: SegmentPlace, at: number): SegmentPlace => ({
  ...place,
  idempotencyKey: place.idempotencyKey === undefined ? undefined : `${place.idempotencyKey}/${at}`,
});

/** What is wrong with a row is its own; that the store is away is everybody's. */
const readRow = async (row: unknown, place: SegmentPlace): Promise<ReadRow> => {
  if (row instanceof Failure) return row;
  try {
    return await segmentReaders[kindOf(row)](row, place);
  } catch (error) {
    if (error instanceof Failure && error.status < 500) return error;
    throw error;
  }
};

const kindOf = (row: unknown): TrackKind => {
  if (typeof row !== "object" || row === null || Array.isArray(row))
    throw new Failure("type_invalid", "a row must be an object");
  const type: unknown = Object.hasOwn(row, "type") ? (row as { type: unknown }).type : undefined;
  if (type === undefined)
    throw new Failure("request_invalid", "this field is required", { field: "type" });
  if (typeof type !== "string" || !isKind(type))
    throw new Failure("type_invalid", `one of ${Object.keys(segmentReaders).join(", ")}`, {
      field: "type",
    });
  return type;
};

const isKind = (type: string): type is TrackKind => Object.hasOwn(segmentReaders, type);

const firstOfEach = (rows: readonly ReadRow[]): InboundEvent[] => {
  const byId = new Map<string, InboundEvent>();
  for (const row of rows) if (!(row instanceof Failure) && !byId.has(row.id)) byId.set(row.id, row);
  return [...byId.values()];
};

const batchView = (
  rows: readonly ReadRow[],
  events: readonly InboundEvent[],
  each: EventsStored["each"],
): BatchView => {
  const isNew = new Set(events.flatMap(({ id }, at) => (each[at] === "inserted" ? [id] : [])));
  const data = rows.map((row): BatchRowView => {
    if (row instanceof Failure) return refusedView(row);
    // Of equal ids in one batch only the first can be the new one.
    return { status: isNew.delete(row.id) ? 202 : 200, id: publicEventId(row) };
  });
  const stored = data.filter(({ status }) => status === 202).length;
  const duplicates = data.filter(({ status }) => status === 200).length;
  return { data, stored, duplicates, refused: data.length - stored - duplicates };
};

const refusedView = ({ status, code, message, field }: Failure): BatchRowView => ({
  status,
  error: { code, message, ...(field === undefined ? {} : { field }) },
});

const once = <Value>(ask: () => Promise<Value>): (() => Promise<Value>) => {
  let answer: Promise<Value> | undefined;
  return () => (answer ??= ask());
};
