import { newId, trackRequests } from "@yubin/types";

import { refuseNobody, trackCallEvent, type CallKind } from "../domain/track-call.ts";
import { publicEventId } from "../domain/tracked-event.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import type { PostIdentifyDeps } from "./post-identify.ts";

/** Tells what somebody did, in one of Segment's calls. Stored before it is answered, applied by identity. */
export const postTrackCall = (
  kind: CallKind,
  { inbox, now }: Pick<PostIdentifyDeps, "inbox" | "now">,
): ApiRoute =>
  defineRoute<(typeof trackRequests)[CallKind]>({
    method: "post",
    path: `/v1/${kind}`,
    scope: "track",
    creates: "yes",
    body: trackRequests[kind],
    handle: async ({ caller: { workspaceId }, body, idempotencyKey }) => {
      refuseNobody(body);
      const place = { workspaceId, idempotencyKey, newId: () => newId("evt"), receivedAt: now() };
      const event = trackCallEvent(kind, body, place);
      await inbox.add([event]);
      return { status: 202, body: { id: publicEventId(event) } };
    },
  });
