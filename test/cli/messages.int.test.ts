import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { PreviewView, TemplateSummary, TemplateView } from "@yubin/types";
import { afterAll, beforeAll, expect, it } from "vitest";

import { startLinkWorld, type LinkWorld } from "../links/link-world.ts";
import { yubin, yubinJson, yubinRows } from "./run-yubin.ts";
import { atTerminal } from "./terminal.ts";

let world: LinkWorld;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "yubin-messages-"));
  world = await startLinkWorld();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const file = async (name: string, content: unknown): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(content));
  return path;
};
const text = (words: string) => [{ type: "text", text: words }];

it("saves a template, and what show gave and somebody changed as its next version", async () => {
  const path = await file("template.json", { name: "Welcome", messages: text("one") });
  const saved = await yubin(world, "templates", "save", path, "--key", "welcome");
  expect(saved.stdout).toMatch(/^tmpl_[0-9a-f]{32} \(Welcome\) has version 1\n$/);
  expect((await yubin(world, "templates", "save", path, "--key", "welcome")).stdout).toBe(
    saved.stdout,
  );
  const id = saved.stdout.split(" ")[0] ?? "";

  const shown = await yubinJson<TemplateView>(world, "templates", "show", id);
  const edited = await file("edited.json", { ...shown, messages: text("two") });
  expect((await yubin(world, "templates", "save", edited)).stdout).toMatch(/has version 2\n$/);
  const late = await file("late.json", { ...shown, messages: text("another two") });
  expect(await yubin(world, "templates", "save", late)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^yubin: template_changed: the newest version is 2 /),
  });

  expect(await yubinJson(world, "templates", "show", id, "--version", "1")).toMatchObject({
    version: 1,
    messages: text("one"),
  });
  expect((await yubin(world, "templates", "show", id)).stdout).toContain('"text": "two"');
  const versions = await yubin(world, "templates", "versions", id);
  expect(versions.stdout).toMatch(/^VERSION +NAME +SAVED\n1 +Welcome .*\n2 +Welcome .*\n$/);
  expect(await yubin(world, "templates", "show", id, "--version", "x")).toMatchObject({ code: 2 });

  const asked = await atTerminal(world, ["templates", "archive", id], "no");
  expect(asked).toMatchObject({ code: 1, stderr: expect.stringContaining("Nothing was done.") });
  const archived = await yubin(world, "templates", "archive", id, "--yes");
  expect(archived).toMatchObject({ code: 0, stdout: `${id} is archived\n` });
  expect((await yubin(world, "templates", "list")).stdout).toBe("None.\n");
  const rows = await yubinRows<TemplateSummary>(world, "templates", "list", "--archived");
  expect(rows.map((one) => one.id)).toEqual([id]);
});

it("shows a message as somebody would get it", async () => {
  const [friend] = world.friends;
  const path = await file("message.json", {
    to: "user:nobody",
    channelId: world.channelId,
    messages: text("{{ profile.displayName }} {{ data.code }} {{ data.other }}"),
  });
  const args = ["messages", "preview", path, "--to", `line:acme:${friend}`, "--data", "code=7"];
  const preview = await yubinJson<PreviewView>(world, ...args);
  expect(preview).toMatchObject({
    wouldSend: { decision: "send", lineUserId: friend },
    missing: ["data.other"],
    lineCheck: { state: "valid" },
  });
  expect(preview.messages?.[0]?.["text"]).toMatch(/^\S+.* 7 $/);
  const { code, stdout } = await yubin(world, ...args);
  expect(code).toBe(0);
  expect(stdout).toContain(`decision  send\nLINE ID   ${friend}\nLINE      valid\n`);
  expect(stdout).toContain("missing   data.other\n");
  const nobody = await yubin(world, "messages", "preview", path);
  expect(nobody.stdout).toContain("decision  skip: not_found\n");

  const blank = await file("blank.json", {
    channelId: world.channelId,
    messages: text("{{ data.none }}"),
  });
  const unfit = await yubin(world, "messages", "preview", blank);
  expect(unfit.code).toBe(1);
  expect(unfit.stdout).toContain("problem   rendered_blank at messages[0]: ");
});

it("sends a message from a file, once under one key", async () => {
  const path = await file("send.json", { channelId: world.channelId, messages: text("hi") });
  const args = ["messages", "send", path, "--to", "user:ann", "--key", "order-7"];
  const sent = await yubin(world, ...args);
  expect(sent.stdout).toMatch(/^msg_[0-9a-f]{32} is stored: yubin messages show msg_/);
  expect((await yubin(world, ...args)).stdout).toBe(sent.stdout);
  const id = sent.stdout.split(" ")[0] ?? "";
  const another = await yubin(world, ...args, "--reply-if-free");
  expect(another).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^yubin: idempotency_mismatch: /),
  });
  const shown = await yubin(world, "messages", "show", id);
  expect(shown.stdout).toContain("state    queued\nperson   not looked up yet\n");
  expect(shown.stdout).not.toContain("via ");
  const free = await yubin(world, "messages", "send", path, "--to", "user:ann", "--reply-if-free");
  const freeId = free.stdout.split(" ")[0] ?? "";
  const row = { _id: freeId };
  const { batches } = world.store;
  expect((await batches.findOne(row))?.content).toMatchObject({ replyIfFree: true });
  const unknown = { outcome: "unknown", reason: "reply_unknown", via: "reply" } as const;
  const recipients = [{ ref: "user:ann", ...unknown, firstAttemptAt: new Date() }];
  await batches.updateOne(row, { $set: { recipients, state: "settled" } });
  expect((await yubin(world, "messages", "show", freeId)).stdout).toMatch(
    /state +unknown: reply_unknown\n(.*\n)+via +reply, not billed\n(.*\n)*advice +It was sent as a free reply/,
  );
  expect(await yubin(world, "messages", "send", path)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^yubin: request_invalid: .*field to/),
  });
});
