import { newId } from "@yubin/types";

import { addPerson, newLineUserId } from "./people.ts";
import { callApi, jsonOf, type TestIngress } from "./setup.ts";

/** A request to a route. */
export interface Call {
  /** As the route is written. */
  readonly route: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** False where no identity is waited for. */
  readonly isCommand?: boolean;
}

export const call = (route: string, path: string, body?: unknown): Call => ({ route, path, body });

/** A request to each route about people that is answered 2xx, also when it is made again. */
export const peopleCalls = async (
  ingress: TestIngress,
  { profileId, channelId }: { readonly profileId: string; readonly channelId: string },
): Promise<Call[]> => {
  const person = `/v1/profiles/${profileId}`;
  const rows = await addRows(ingress, profileId);
  const csv = { "content-type": "text/csv" };
  const post = async (path: string, body: unknown, headers = {}): Promise<string> =>
    (await jsonOf<{ id: string }>(callApi(ingress, ["POST", path], body, { headers }))).id;
  const backfillId = await post(`/v1/channels/${channelId}/backfills`, {});
  const importPath = `/v1/imports/${await post("/v1/imports?format=csv", "userId\nann\n", csv)}`;
  const linkPath = `/v1/line-links/${await post(`${person}/line-links`, { channelId })}`;
  const reads = [
    call("GET /v1/profiles", "/v1/profiles"),
    call("GET /v1/profiles/:ref", person),
    call("GET /v1/profiles/:ref/timeline", `${person}/timeline`),
    call("GET /v1/merges", "/v1/merges"),
    call("GET /v1/merges/:id", `/v1/merges/${rows.mergeId}`),
    call("GET /v1/conflicts", "/v1/conflicts"),
    call("GET /v1/conflicts/:id", `/v1/conflicts/${rows.conflictId}`),
    call("GET /v1/workspace", "/v1/workspace"),
    call("PATCH /v1/workspace", "/v1/workspace", { undoWindowDays: 14 }),
    call("PATCH /v1/channels/:id", `/v1/channels/${channelId}`, { loginChannelId: "1234567890" }),
    call("GET /v1/usage", "/v1/usage"),
    call("GET /v1/unknowns", "/v1/unknowns"),
    call("GET /v1/channels/:id/backfills", `/v1/channels/${channelId}/backfills`),
    call("GET /v1/backfills/:id", `/v1/backfills/${backfillId}`),
    call("POST /v1/backfills/:id/cancel", `/v1/backfills/${backfillId}/cancel`),
    call("GET /v1/imports", "/v1/imports"),
    call("GET /v1/imports/:id", importPath),
    call("GET /v1/imports/:id/rows", `${importPath}/rows`),
    { ...call("POST /v1/imports", "/v1/imports?format=csv", "userId\nann\n"), headers: csv },
    call("GET /v1/line-links/:id", linkPath),
    call("POST /v1/profiles/:ref/line-links", `${person}/line-links`, { channelId }),
  ].map((one): Call => ({ ...one, isCommand: false }));
  const lineAccount = `/v1/profiles/${rows.otherId}/line-accounts/main/${rows.lineUserId}`;
  const pair = { from: profileId, into: rows.otherId };
  return [
    ...reads,
    call("PATCH /v1/profiles/:ref", person, { traits: { plan: "pro" } }),
    call("PUT /v1/profiles/:ref/consents/:purpose", `${person}/consents/news`, {
      granted: true,
      source: "form",
    }),
    call("PUT /v1/profiles/:ref/suppression", `${person}/suppression`, { reason: "asked" }),
    call("DELETE /v1/profiles/:ref/suppression", `${person}/suppression`),
    call("DELETE /v1/profiles/:ref/line-accounts/:provider/:lineUserId", lineAccount),
    call("DELETE /v1/profiles/:ref", `/v1/profiles/${rows.otherId}`),
    call("POST /v1/merges", "/v1/merges", pair),
    call("POST /v1/merges/:id/undo", `/v1/merges/${rows.mergeId}/undo`),
    call("POST /v1/conflicts/:id/resolve", `/v1/conflicts/${rows.conflictId}/resolve`, {
      to: profileId,
    }),
  ];
};

/** What only identity makes, put there by hand. */
const addRows = async (ingress: TestIngress, profileId: string) => {
  const { store } = ingress;
  const workspaceId = "ws_main";
  const now = new Date();
  const lineUserId = newLineUserId();
  const otherId = await addPerson(ingress, { externalId: "other", lineUserIds: [lineUserId] });
  const [mergeId, conflictId] = [newId("merge"), newId("conf")];
  await store.merges.insertOne({
    _id: mergeId,
    workspaceId,
    eventRowId: "e",
    askedBy: "merge",
    from: otherId,
    into: profileId,
    state: "done",
    loserVersion: 1,
    lendsExternalId: false,
    loserBefore: null,
    survivorBefore: null,
    survivorVersion: 1,
    values: [],
    undoUntil: now,
    startedAt: now,
    doneAt: now,
    undoneAt: null,
    nextAt: null,
  });
  await store.conflicts.insertOne({
    _id: conflictId,
    workspaceId,
    kind: "line_id",
    provider: "main",
    lineUserId,
    because: "external_ids",
    holderId: profileId,
    claimants: [{ profileId: otherId, eventRowId: "e", proof: "server_key", at: now }],
    state: "open",
    resolvedTo: null,
    resolvedAt: null,
    resolvedBy: null,
    since: now,
  });
  return { lineUserId, otherId, mergeId, conflictId };
};
