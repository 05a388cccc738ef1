import { z } from "zod";

import { limits } from "./limits.ts";
import { identifyRequest } from "./people.ts";
import { callNames, segmentFields } from "./segment-fields.ts";

const values = z.record(z.string(), z.json()).optional();
const label = z.string().max(limits.trackNameChars);
/** Where and with what a call was made: only identify reads of it, and only the LINE part. */
const shared = { ...callNames, ...segmentFields, context: z.looseObject({}).optional() };
const view = { ...shared, name: label.optional(), category: label.optional(), properties: values };

/** Bodies of `POST /v1/<kind>`, as Segment's clients shape them, and rows of `POST /v1/batch`. */
export const trackRequests = {
  identify: identifyRequest,
  track: z.strictObject({
    ...shared,
    type: z.literal("track").optional(),
    event: label.min(1),
    properties: values,
  }),
  page: z.strictObject({ ...view, type: z.literal("page").optional() }),
  screen: z.strictObject({ ...view, type: z.literal("screen").optional() }),
  group: z.strictObject({
    ...shared,
    type: z.literal("group").optional(),
    groupId: label.min(1),
    traits: values,
  }),
  alias: z.strictObject({
    ...shared,
    type: z.literal("alias").optional(),
    previousId: z.string().min(1).max(limits.externalIdChars),
    userId: z.string().min(1).max(limits.externalIdChars),
    traits: values,
  }),
} as const;

export type TrackKind = keyof typeof trackRequests;
export type TrackRequest<Kind extends TrackKind> = z.output<(typeof trackRequests)[Kind]>;

/** Body of `POST /v1/batch`. Each row is checked by itself, so that a bad one does not stop the others. */
export const batchRequest = z.strictObject({
  batch: z.array(z.unknown()).max(limits.batchRowsMax),
  context: z.looseObject({}).optional(),
  ...segmentFields,
});

/** What became of one row, in the place of the row. */
export type BatchRowView =
  /** 202: stored now. 200: stored already, before or by an earlier row. */
  | { readonly status: 200 | 202; readonly id: string }
  | {
      readonly status: number;
      readonly error: { readonly code: string; readonly message: string; readonly field?: string };
    };

/** Answer of `POST /v1/batch`: 202 where every row was taken, 207 otherwise. */
export interface BatchView {
  readonly data: readonly BatchRowView[];
  readonly stored: number;
  readonly duplicates: number;
  readonly refused: number;
}
