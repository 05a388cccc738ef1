import type { CampaignView, TemplateView } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  addChannel,
  addKey,
  callApi,
  jsonOf,
  named,
  startTestIngress,
  verdict,
  type TestChannel,
  type TestIngress,
} from "./setup.ts";

let ingress: TestIngress;
let channel: TestChannel;
beforeAll(async () => {
  ingress = await startTestIngress();
  channel = await addChannel(ingress);
});
afterAll(() => ingress[Symbol.asyncDispose]());

const text = (words: string) => ({ type: "text", text: words });
const post = (over: object = {}, headers: Record<string, string> = {}): Promise<Response> =>
  callApi(
    ingress,
    ["POST", "/v1/templates"],
    { name: "Welcome", messages: [text("one")], ...over },
    { headers },
  );
const saved = async (over: object = {}): Promise<string> =>
  (await jsonOf<TemplateView>(post(over))).id;
const get = (path: string): Promise<Response> => callApi(ingress, ["GET", `/v1/templates${path}`]);
const change = (id: string, body: object): Promise<Response> =>
  callApi(ingress, ["PATCH", `/v1/templates/${id}`], body);
const archive = (id: string): Promise<Response> =>
  callApi(ingress, ["DELETE", `/v1/templates/${id}`]);
const send = (over: object, headers: Record<string, string> = {}): Promise<Response> =>
  callApi(
    ingress,
    ["POST", "/v1/messages"],
    { to: "user:ann", channelId: channel.id, ...over },
    { headers },
  );
const contentOf = async (answer: Promise<Response>) => {
  const { id } = await jsonOf<{ id: string }>(answer);
  return (await ingress.store.batches.findOne({ _id: id }))?.content;
};
const draft = (content: object, headers: Record<string, string> = {}): Promise<Response> =>
  callApi(
    ingress,
    ["POST", "/v1/campaigns"],
    { name: "Spring", channelId: channel.id, content, audience: { type: "friends" } },
    { headers },
  );

describe("saved templates", () => {
  it("are kept in every version", async () => {
    const res = await post({ notificationDisabled: true });
    expect(res.status).toBe(201);
    const first = await jsonOf<TemplateView>(res);
    expect(first).toEqual({
      id: expect.stringMatching(/^tmpl_[0-9a-f]{32}$/),
      name: "Welcome",
      version: 1,
      messages: [text("one")],
      notificationDisabled: true,
      archivedAt: null,
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: first.createdAt,
    } satisfies TemplateView);
    expect(await jsonOf(get(`/${first.id}`))).toEqual(first);

    const second = await jsonOf<TemplateView>(
      change(first.id, { version: 1, messages: [text("two")] }),
    );
    expect(second).toMatchObject({ version: 2, name: "Welcome", messages: [text("two")] });
    const third = await jsonOf<TemplateView>(change(first.id, { version: 2, name: "Hello" }));
    expect(third).toMatchObject({ version: 3, name: "Hello", messages: [text("two")] });

    expect(await jsonOf(get(`/${first.id}`))).toEqual(third);
    expect(await jsonOf(get(`/${first.id}?version=1`))).toEqual(first);
    expect(await jsonOf(get(`/${first.id}?version=2`))).toEqual(second);
    expect(await jsonOf(get(`/${first.id}?version=3`))).toEqual(third);
    expect(await verdict(get(`/${first.id}?version=4`))).toBe("404 not_found");

    const pageOf = (query: string) =>
      jsonOf<{ data: { version: number }[]; nextCursor: string }>(
        get(`/${first.id}/versions${query}`),
      );
    const page = await pageOf("?limit=2");
    expect(page.data.map(({ version }) => version)).toEqual([1, 2]);
    const last = await pageOf(`?limit=2&cursor=${page.nextCursor}`);
    expect(last).toEqual({
      data: [{ version: 3, name: "Hello", updatedAt: third.updatedAt }],
      nextCursor: null,
    });
  });

  it("take one of many changes to the same version, and tell the others", async () => {
    const id = await saved();
    const verdicts = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        verdict(change(id, { version: 1, messages: [text(`edit ${index}`)] })),
      ),
    );
    expect(verdicts.toSorted()).toEqual(["200", ...Array(7).fill("409 template_changed version")]);
    const { version, messages } = await jsonOf<TemplateView>(get(`/${id}`));
    expect(version).toBe(2);
    // Whose change it was, and nobody else's.
    expect(messages).toEqual([text(`edit ${verdicts.indexOf("200")}`)]);
    expect(await jsonOf(get(`/${id}?version=1`))).toMatchObject({ messages: [text("one")] });
    expect(await verdict(change(id, { version: 1, name: "late" }))).toBe(
      "409 template_changed version",
    );
  });

  it("take the same change twice as one, as its answer may have been lost", async () => {
    const id = await saved();
    const body = { version: 1, messages: [text("two")] };
    const once = await jsonOf(change(id, body));
    expect(await jsonOf(change(id, body))).toEqual(once);
    expect(once).toMatchObject({ version: 2 });
  });

  it("are made once under one key", async () => {
    const key = { "idempotency-key": "template-1" };
    const { id } = await jsonOf<TemplateView>(post({}, key));
    expect(await jsonOf(post({}, key))).toMatchObject({ id });
    // The answer is forgotten, as by a crash before it was kept; what was made stays one.
    await ingress.store.idempotency.deleteMany({});
    expect(await jsonOf(post({}, key))).toMatchObject({ id, version: 1 });
    await ingress.store.idempotency.deleteMany({});
    expect(await verdict(post({ name: "Other" }, key))).toBe("409 idempotency_mismatch");
  });

  it("are listed without their messages, those in use apart from the archived", async () => {
    const workspaceId = "ws_list";
    const key = await addKey(ingress, { workspaceId });
    const ids: string[] = [];
    for (const name of ["a", "b", "c"])
      ids.push(
        (
          await jsonOf<TemplateView>(
            callApi(ingress, ["POST", "/v1/templates"], { name, messages: [text("x")] }, { key }),
          )
        ).id,
      );
    const [a, b, c] = ids;
    await callApi(ingress, ["DELETE", `/v1/templates/${b}`], undefined, { key });
    const list = async (query: string) =>
      jsonOf<{ data: TemplateView[]; nextCursor: string | null }>(
        callApi(ingress, ["GET", `/v1/templates?${query}`], undefined, { key }),
      );
    const first = await list("limit=1");
    expect(first.data.map(({ id }) => id)).toEqual([a]);
    expect(first.data[0]).not.toHaveProperty("messages");
    const rest = await list(`limit=1&cursor=${first.nextCursor}`);
    expect(rest).toMatchObject({ data: [{ id: c, name: "c", version: 1 }], nextCursor: null });
    expect((await list("archived=true")).data.map(({ id }) => id)).toEqual([b]);
    const misused = callApi(
      ingress,
      ["GET", `/v1/templates?archived=true&cursor=${first.nextCursor}`],
      undefined,
      { key },
    );
    expect(await verdict(misused)).toBe("400 cursor_invalid cursor");
  });

  it.each(
    named([
      [{ name: " " }, "400 request_invalid name"],
      [{ name: undefined }, "400 request_invalid name"],
      [{ messages: undefined }, "400 request_invalid messages"],
      [{ messages: [] }, "422 line_limit messages"],
      [{ messages: Array(6).fill(text("x")) }, "422 line_limit messages"],
      [{ messages: [text(" ")] }, "422 line_limit messages[0].text"],
      [{ messages: [text("{% if %}")] }, "422 template_syntax messages[0].text"],
      [{ version: 1 }, "400 unknown_field version"],
      [{ workspaceId: "ws_b" }, "400 unknown_field workspaceId"],
    ]),
  )("refuse %s", async (_body, over, expected) => {
    expect(await verdict(post(over))).toBe(expected);
  });

  it.each(
    named([
      [{ version: undefined, name: "x" }, "400 request_invalid version"],
      [{ version: "1", name: "x" }, "400 type_invalid version"],
      [{ version: 0, name: "x" }, "400 request_invalid version"],
      [{ version: 2, name: "x" }, "409 template_changed version"],
      [{ version: 1 }, "400 request_invalid"],
      [{ version: 1, messages: [text(" ")] }, "422 line_limit messages[0].text"],
      [{ version: 1, messages: [] }, "422 line_limit messages"],
      [{ version: 1, archivedAt: null }, "400 unknown_field archivedAt"],
    ]),
  )("refuse the change %s", async (_body, body, expected) => {
    expect(await verdict(change(await saved(), body))).toBe(expected);
  });

  it.each(["0", "-1", "1.5", "abc", "1000000", "1&version=2"])(
    "have no version %s",
    async (version) => {
      expect(await verdict(get(`/${await saved()}?version=${version}`))).toBe(
        "400 param_invalid version",
      );
    },
  );
});

describe("archived templates", () => {
  it("can be read, and not changed or sent", async () => {
    const id = await saved();
    await change(id, { version: 1, messages: [text("two")] });
    expect((await archive(id)).status).toBe(204);
    const { archivedAt } = await jsonOf<TemplateView>(get(`/${id}`));
    expect(archivedAt).toMatch(/Z$/);
    expect((await archive(id)).status).toBe(204);
    expect(await jsonOf(get(`/${id}?version=1`))).toMatchObject({
      messages: [text("one")],
      archivedAt,
    });
    expect(await verdict(change(id, { version: 2, name: "x" }))).toBe("409 template_archived");
    expect(await verdict(send({ templateId: id }))).toBe("409 template_archived templateId");
    expect(await verdict(draft({ templateId: id }))).toBe(
      "409 template_archived content.templateId",
    );
  });
});

describe("a message from a template", () => {
  it("has the words of the moment it was taken", async () => {
    const id = await saved({ notificationDisabled: true });
    const sent = send({ templateId: id, data: { a: 1 } });
    expect(await contentOf(sent)).toEqual({
      messages: [text("one")],
      data: { a: 1 },
      notificationDisabled: true,
      template: { id, version: 1, pinned: false },
    });
    await change(id, { version: 1, messages: [text("two")], notificationDisabled: false });
    expect(await contentOf(send({ templateId: id }))).toMatchObject({
      messages: [text("two")],
      notificationDisabled: false,
      template: { version: 2 },
    });
    expect(await contentOf(send({ templateId: id, templateVersion: 1 }))).toMatchObject({
      messages: [text("one")],
      template: { version: 1, pinned: true },
    });
    expect(
      await contentOf(send({ templateId: id, templateVersion: 1, notificationDisabled: false })),
    ).toMatchObject({ notificationDisabled: false });
  });

  it("says which version it has", async () => {
    const id = await saved();
    const sent = await jsonOf<{ id: string }>(send({ templateId: id, templateVersion: 1 }));
    expect(await jsonOf(callApi(ingress, ["GET", `/v1/messages/${sent.id}`]))).toMatchObject({
      template: { id, version: 1, pinned: true },
    });
  });

  it("is the same message when it is asked for again after a change", async () => {
    const id = await saved();
    const key = { "idempotency-key": "sent-1" };
    const once = await jsonOf(send({ templateId: id }, key));
    await change(id, { version: 1, messages: [text("two")] });
    await ingress.store.idempotency.deleteMany({});
    expect(await jsonOf(send({ templateId: id }, key))).toEqual(once);
    await ingress.store.idempotency.deleteMany({});
    expect(await verdict(send({ templateId: id, templateVersion: 2 }, key))).toBe(
      "409 idempotency_mismatch",
    );
  });

  it.each(
    named([
      [{}, "400 request_invalid messages"],
      [{ templateId: "tmpl_none" }, "404 not_found templateId"],
      [{ templateId: "" }, "400 request_invalid templateId"],
      [{ templateId: { $gt: "" } }, "400 type_invalid templateId"],
      [{ templateId: "tmpl_1", messages: [text("x")] }, "400 request_invalid templateId"],
      [{ templateVersion: 1, messages: [text("x")] }, "400 request_invalid templateVersion"],
      [{ templateId: "tmpl_1", templateVersion: 0 }, "400 request_invalid templateVersion"],
      [{ templateId: "tmpl_1", templateVersion: "1" }, "400 type_invalid templateVersion"],
    ]),
  )("is refused with %s", async (_body, body, expected) => {
    expect(await verdict(send(body))).toBe(expected);
    const campaign = expected.replace(/(\S+)$/, "content.$1");
    expect(await verdict(draft(body))).toBe(campaign);
  });

  it("knows no version that is not there yet", async () => {
    const id = await saved();
    expect(await verdict(send({ templateId: id, templateVersion: 2 }))).toBe(
      "404 not_found templateVersion",
    );
  });
});

describe("a campaign from a template", () => {
  it("keeps the version it was drafted with", async () => {
    const id = await saved({ messages: [text("Hello {{ profile.displayName }}")] });
    const key = { "idempotency-key": "campaign-1" };
    const campaign = await jsonOf<CampaignView>(draft({ templateId: id }, key));
    const content = {
      messages: [text("Hello {{ profile.displayName }}")],
      template: { id, version: 1, pinned: false },
    };
    expect(campaign.content).toEqual(content);
    await change(id, { version: 1, messages: [text("two")] });
    expect(await jsonOf(callApi(ingress, ["GET", `/v1/campaigns/${campaign.id}`]))).toMatchObject({
      content,
    });
    expect((await ingress.store.campaigns.findOne({ _id: campaign.id }))?.personal).toBe(true);
    await ingress.store.idempotency.deleteMany({});
    expect(await jsonOf(draft({ templateId: id }, key))).toEqual(campaign);

    // Changing the draft takes the template as it is then.
    const path = ["PATCH", `/v1/campaigns/${campaign.id}`] as const;
    const words = { content: { templateId: id, missing: "skip" } };
    expect(await jsonOf(callApi(ingress, path, words))).toMatchObject({
      content: { messages: [text("two")], missing: "skip", template: { id, version: 2 } },
    });
    expect(await verdict(callApi(ingress, path, { content: { templateId: "tmpl_none" } }))).toBe(
      "404 not_found content.templateId",
    );
  });
});
