import { trackRequests } from "@yubin/types";

import type { InboundEvent } from "../domain/inbound-event.ts";
import { refuseNobody, trackCallEvent, type CallKind } from "../domain/track-call.ts";
import type { FactPlace } from "../domain/tracked-event.ts";
import { acceptIdentify } from "./post-identify.ts";
import { checked } from "./request-problem.ts";

export interface SegmentPlace extends FactPlace {
  readonly providers: () => Promise<ReadonlySet<string>>;
}

/** Reads a call of each kind, as Segment's clients shape it, and makes it an event to store. */
export type SegmentReader = (given: unknown, place: SegmentPlace) => Promise<InboundEvent>;

const readerOf =
  (kind: CallKind): SegmentReader =>
  async (given, place) => {
    const request = checked(trackRequests[kind], given);
    refuseNobody(request);
    return trackCallEvent(kind, request, place);
  };

export const segmentReaders = {
  identify: async (given, place) =>
    acceptIdentify(checked(trackRequests.identify, given), place, place.providers),
  track: readerOf("track"),
  page: readerOf("page"),
  screen: readerOf("screen"),
  group: readerOf("group"),
  alias: readerOf("alias"),
} as const satisfies Record<string, SegmentReader>;
