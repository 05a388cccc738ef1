import type { ConflictView, MergeView, ProfileView, WorkspaceView } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startIdentityProcess } from "./identity-process.ts";
import { addPerson, newLineUserId } from "./people.ts";
import {
  addChannel,
  callApi,
  jsonOf,
  startTestIngress,
  verdict,
  type TestIngress,
} from "./setup.ts";

const resources = new AsyncDisposableStack();
let ingress: TestIngress;
beforeAll(async () => {
  ingress = resources.use(await startTestIngress());
  resources.use(await startIdentityProcess(ingress));
});
afterAll(() => resources.disposeAsync());

const get = <Body>(path: string): Promise<Body> => jsonOf<Body>(callApi(ingress, ["GET", path]));
const post = (path: string, body?: unknown): Promise<Response> =>
  callApi(ingress, ["POST", path], body);
const profile = (ref: string): Promise<ProfileView> => get(`/v1/profiles/${ref}`);
const merge = (body: unknown): Promise<MergeView> => jsonOf(post("/v1/merges", body));

const untilProfile = async (
  ref: string,
  isThere: (view: ProfileView) => boolean,
): Promise<ProfileView> => {
  for (const until = performance.now() + 10_000; ;) {
    const view = await profile(ref);
    if (view.id && isThere(view)) return view;
    if (performance.now() > until) throw new Error(`${ref} did not become what it should`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

describe("POST /v1/merges", () => {
  it("previews, merges, resolves old names, and takes it back", async () => {
    const older = await addPerson(ingress, { externalId: "m-old", traits: { plan: "free", a: 1 } });
    const newer = await addPerson(ingress, { externalId: "m-new", traits: { plan: "pro", b: 2 } });
    const preview = await merge({ from: "user:m-old", into: "user:m-new", preview: true });
    expect(preview).toMatchObject({ state: "preview", from: newer, into: older, undoUntil: null });
    expect(preview.values).toContainEqual({
      field: "externalId",
      from: "from",
      because: "asked",
      kept: "m-new",
      lost: "m-old",
    });
    expect(await get(`/v1/merges/${preview.id}`)).toEqual(preview);
    expect((await profile("user:m-old")).traits).toEqual({ plan: "free", a: 1 });

    const done = await merge({ from: "user:m-old", into: "user:m-new" });
    expect(done).toMatchObject({ state: "done", from: newer, into: older, askedBy: "merge" });
    expect(done.values).toEqual(preview.values);
    const one = await profile("user:m-old");
    expect(one).toMatchObject({ id: older, externalId: "m-new", mergedFrom: [newer] });
    expect(one.traits).toMatchObject({ a: 1, b: 2 });
    for (const ref of ["user:m-new", older, newer]) expect(await profile(ref)).toEqual(one);
    expect(await get(`/v1/merges?profile=${newer}`)).toMatchObject({ data: [{ id: done.id }] });

    const told = { traits: { told: "later" } };
    await callApi(ingress, ["PATCH", "/v1/profiles/user:m-new"], told);
    const undone = await jsonOf<MergeView>(post(`/v1/merges/${done.id}/undo`));
    expect(undone).toMatchObject({ id: done.id, state: "undone", undoneAt: expect.any(String) });
    expect(await profile("user:m-old")).toMatchObject({
      id: older,
      externalId: "m-old",
      traits: { plan: "free", a: 1 },
      mergedFrom: [],
    });
    const back = await profile("user:m-new");
    expect(back).toMatchObject({ id: newer, externalId: "m-new" });
    expect(back.traits).toEqual({ plan: "pro", b: 2, told: "later" });
    expect(await jsonOf(post(`/v1/merges/${done.id}/undo`))).toEqual(undone);
  });

  it("says so when the two are one already, in whichever order", async () => {
    await addPerson(ingress, { externalId: "same-1" });
    await addPerson(ingress, { externalId: "same-2" });
    expect(await merge({ from: "user:same-1", into: "user:same-1" })).toMatchObject({
      state: "already_same",
      id: null,
    });
    expect(await merge({ from: "user:same-1", into: "user:same-2" })).toMatchObject({
      state: "done",
    });
    expect(await merge({ from: "user:same-2", into: "user:same-1" })).toMatchObject({
      state: "already_same",
    });
  });

  it("refuses whom there is not, other workspaces' people and what is no reference", async () => {
    await addPerson(ingress, { externalId: "ref-1" });
    const of = (body: unknown) => verdict(post("/v1/merges", body));
    expect(await of({ from: "user:nobody", into: "user:ref-1" })).toBe("404 not_found from");
    expect(await of({ from: "user:ref-1", into: "user:nobody" })).toBe("404 not_found into");
    expect(await of({ from: "ref-1", into: "user:ref-1" })).toBe("400 request_invalid from");
    expect(await of({ from: "user:ref-1" })).toBe("400 request_invalid into");
    expect(await of({ from: "user:ref-1", into: "user:ref-1", version: 1 })).toBe(
      "400 unknown_field version",
    );
    expect(await verdict(post("/v1/merges/merge_0/undo"))).toBe("404 not_found");
  });

  it("is the same merge under the same key, and another request is refused under it", async () => {
    for (const id of ["k-1", "k-2", "k-3"]) await addPerson(ingress, { externalId: id });
    const keyed = (body: unknown): Promise<Response> =>
      callApi(ingress, ["POST", "/v1/merges"], body, { headers: { "idempotency-key": "merge-k" } });
    const first = await jsonOf<MergeView>(keyed({ from: "user:k-1", into: "user:k-2" }));
    const again = await jsonOf<MergeView>(keyed({ from: "user:k-1", into: "user:k-2" }));
    expect(again).toEqual(first);
    expect(await verdict(keyed({ from: "user:k-1", into: "user:k-3" }))).toBe(
      "409 idempotency_mismatch",
    );
    const preview = { from: "user:k-1", into: "user:k-2", preview: true };
    expect(await verdict(keyed(preview))).toBe("409 idempotency_mismatch");
    expect((await profile("user:k-3")).mergedFrom).toEqual([]);
  });

  it("undoes the newest first", async () => {
    for (const id of ["l-1", "l-2", "l-3"]) await addPerson(ingress, { externalId: id });
    const first = await merge({ from: "user:l-2", into: "user:l-1" });
    const second = await merge({ from: "user:l-3", into: "user:l-1" });
    expect(await verdict(post(`/v1/merges/${first.id}/undo`))).toBe("409 undo_blocked");
    expect(await jsonOf(post(`/v1/merges/${second.id}/undo`))).toMatchObject({ state: "undone" });
    expect(await jsonOf(post(`/v1/merges/${first.id}/undo`))).toMatchObject({ state: "undone" });
    const ids = await Promise.all(["l-1", "l-2", "l-3"].map((id) => profile(`user:${id}`)));
    expect(new Set(ids.map(({ id }) => id)).size).toBe(3);
  });

  it("does not undo what was done to somebody who was erased", async () => {
    for (const id of ["e-1", "e-2"]) await addPerson(ingress, { externalId: id });
    const done = await merge({ from: "user:e-2", into: "user:e-1" });
    await callApi(ingress, ["DELETE", "/v1/profiles/user:e-1"]);
    expect(await verdict(post(`/v1/merges/${done.id}/undo`))).toBe("410 profile_erased");
  });
});

describe("conflicts", () => {
  const claim = async (userId: string, lineUserId: string): Promise<void> => {
    await post("/v1/identify", {
      userId,
      context: { line: { provider: "main", userId: lineUserId } },
    });
  };
  const openConflict = async (lineUserId: string): Promise<ConflictView> => {
    for (const until = performance.now() + 10_000; ;) {
      const { data } = await get<{ data: ConflictView[] }>("/v1/conflicts?limit=200");
      const found = data.find((one) => one.lineUserId === lineUserId);
      if (found) return found;
      if (performance.now() > until) throw new Error("no conflict was opened");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it("lists and explains two people who claim one LINE ID, and gives it to whom people choose", async () => {
    await addChannel(ingress, { provider: "main" });
    const lineUserId = newLineUserId();
    await claim("c-1", lineUserId);
    const holder = await untilProfile("user:c-1", ({ lineId }) => lineId["main"] === lineUserId);
    await claim("c-2", lineUserId);
    const conflict = await openConflict(lineUserId);
    const claimant = await profile("user:c-2");
    expect(conflict).toMatchObject({
      kind: "line_id",
      provider: "main",
      because: "external_ids",
      explanation: expect.stringContaining("different external ids"),
      holder: { profileId: holder.id, externalId: "c-1" },
      claimants: [{ profileId: claimant.id, externalId: "c-2", proof: "server_key" }],
      state: "open",
    });
    expect(await get(`/v1/conflicts/${conflict.id}`)).toEqual(conflict);
    expect(claimant.lineId).toEqual({});

    const resolve = (body: unknown): Promise<Response> =>
      post(`/v1/conflicts/${conflict.id}/resolve`, body);
    await addPerson(ingress, { externalId: "c-3" });
    expect(await verdict(resolve({ to: "user:c-3" }))).toBe("409 state_invalid to");
    expect(await verdict(resolve({ decision: "merge" }))).toBe("409 state_invalid decision");
    expect(await verdict(resolve({ to: "user:nobody" }))).toBe("404 not_found to");
    expect(await jsonOf(resolve({ to: "user:c-2" }))).toMatchObject({
      state: "resolved",
      resolvedTo: claimant.id,
      resolvedBy: "api",
    });
    expect((await profile("user:c-2")).lineId).toEqual({ main: lineUserId });
    expect((await profile("user:c-1")).lineId).toEqual({});
    expect((await profile(`line:main:${lineUserId}`)).id).toBe(claimant.id);
    expect(await get(`/v1/conflicts?state=resolved&limit=200`)).toMatchObject({
      data: expect.arrayContaining([expect.objectContaining({ id: conflict.id })]),
    });
  });

  it("is closed when the two turn out to be one person", async () => {
    const lineUserId = newLineUserId();
    await claim("d-1", lineUserId);
    await untilProfile("user:d-1", ({ lineId }) => lineId["main"] === lineUserId);
    await claim("d-2", lineUserId);
    const conflict = await openConflict(lineUserId);
    await merge({ from: "user:d-2", into: "user:d-1" });
    expect(await get(`/v1/conflicts/${conflict.id}`)).toMatchObject({
      state: "resolved",
      resolvedBy: "merge",
    });
  });

  it("moves the LINE ID by itself where the workspace lets the last proof win", async () => {
    const settings = await jsonOf<WorkspaceView>(
      callApi(ingress, ["PATCH", "/v1/workspace"], { conflictPolicy: "last_proof_wins" }),
    );
    expect(settings).toMatchObject({ conflictPolicy: "last_proof_wins", undoWindowDays: 14 });
    await new Promise((resolve) => setTimeout(resolve, 5_500)); // identity remembers rules for 5 s
    const lineUserId = newLineUserId();
    await claim("e-1", lineUserId);
    await untilProfile("user:e-1", ({ lineId }) => lineId["main"] === lineUserId);
    await claim("e-2", lineUserId);
    await untilProfile("user:e-2", ({ lineId }) => lineId["main"] === lineUserId);
    expect((await profile("user:e-1")).lineAccounts).toEqual([]);
    const resolved = await get<{ data: ConflictView[] }>("/v1/conflicts?state=resolved");
    expect(resolved.data.filter((one) => one.lineUserId === lineUserId)).toMatchObject([
      {
        resolvedBy: "last_proof_wins",
        holder: { externalId: "e-1" },
        resolvedTo: (await profile("user:e-2")).id,
      },
    ]);
    await callApi(ingress, ["PATCH", "/v1/workspace"], { conflictPolicy: "hold" });
  });
});

describe("PATCH /v1/workspace", () => {
  it("refuses what is out of range or unknown", async () => {
    const patch = (body: unknown) => verdict(callApi(ingress, ["PATCH", "/v1/workspace"], body));
    expect(await patch({ conflictPolicy: "guess" })).toBe("400 type_invalid conflictPolicy");
    expect(await patch({ undoWindowDays: 29 })).toBe("422 limit_exceeded undoWindowDays");
    expect(await patch({ undoWindowDays: 1.5 })).toBe("400 type_invalid undoWindowDays");
    expect(await patch({ name: "x" })).toBe("400 unknown_field name");
  });
});

describe("DELETE /v1/profiles/:ref", () => {
  it("forgets a person under every name, and takes nothing in under their id", async () => {
    const lineUserId = newLineUserId();
    const id = await addPerson(ingress, {
      externalId: "gone-1",
      email: "gone@example.com",
      traits: { name: "Gone" },
    });
    expect((await callApi(ingress, ["DELETE", "/v1/profiles/user:gone-1"])).status).toBe(202);
    expect(await verdict(callApi(ingress, ["GET", `/v1/profiles/${id}`]))).toBe(
      "410 profile_erased",
    );
    for (const ref of ["user:gone-1", "email:gone@example.com", `line:main:${lineUserId}`])
      expect(await verdict(callApi(ingress, ["GET", `/v1/profiles/${ref}`]))).toBe("404 not_found");
    expect(await verdict(callApi(ingress, ["DELETE", `/v1/profiles/${id}`]))).toBe(
      "410 profile_erased",
    );
    await addPerson(ingress, { externalId: "there-1" });
    expect(await verdict(post("/v1/merges", { from: "user:there-1", into: id }))).toBe(
      "410 profile_erased",
    );
  });

  it("opens somebody new for what is said after it, and drops what was said before", async () => {
    const before = new Date(Date.now() - 60_000).toISOString();
    const id = await addPerson(ingress, { externalId: "gone-2", traits: { name: "Gone" } });
    await callApi(ingress, ["DELETE", "/v1/profiles/user:gone-2"]);
    await post("/v1/identify", { userId: "gone-2", traits: { old: 1 }, timestamp: before });
    await post("/v1/identify", { userId: "gone-2", traits: { new: 1 } });
    const view = await untilProfile("user:gone-2", ({ traits }) => traits["new"] === 1);
    expect(view.id).not.toBe(id);
    expect(view.traits).toEqual({ new: 1 });
    // What was said before is another job, which may come after it.
    await expect
      .poll(() => ingress.store.events.find({ reason: "erased" }).toArray())
      .toMatchObject([{ state: "ignored", body: {}, lineUserId: null, hash: null }]);
  });
});
