import type {
  ConflictView,
  HealthCheck,
  LineLinkView,
  MergeView,
  ProfileView,
  UsageView,
  WorkspaceView,
} from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { know, press, startLinkWorld, untilLink, type LinkWorld } from "../links/link-world.ts";
import { until } from "../stack/until.ts";
import { yubin, yubinJson, yubinRows } from "./run-yubin.ts";
import { atTerminal } from "./terminal.ts";

let world: LinkWorld;
beforeAll(async () => {
  world = await startLinkWorld();
});
afterAll(() => world?.[Symbol.asyncDispose]());

const show = (ref: string): Promise<ProfileView> =>
  yubinJson<ProfileView>(world, "people", "show", ref);

describe("merge", () => {
  it("shows what it does, asks, does it, and takes it back", async () => {
    const old = await know(world, "old", { plan: "pro", city: "Tokyo" });
    const young = await know(world, "young", { plan: "free" });
    const pair = ["merge", "user:old", "user:young"];
    const preview = await yubin(world, ...pair, "--preview");
    expect(preview.code).toBe(0);
    expect(preview.stdout).toContain(`${young.id} would become part of ${old.id}, whose id stays.`);
    expect(preview.stdout).toMatch(/^VALUE +STAYS +GIVES WAY +OF +BECAUSE$/m);
    expect(preview.stdout).toMatch(/^traits\.plan +free +pro +the merged one +newest$/m);

    expect(await yubin(world, ...pair)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("give --yes"),
    });
    expect(await atTerminal(world, pair, "no")).toMatchObject({ code: 1, stdout: "" });
    expect((await show("user:young")).id).toBe(young.id);

    const asked = await atTerminal(world, pair, "yes");
    expect(asked).toMatchObject({ code: 0, stderr: expect.stringContaining("traits.plan") });
    expect(asked.stdout).toContain(`${young.id} is now part of ${old.id}`);
    expect((await show("user:young")).id).toBe(old.id);
    const again = await yubinJson<MergeView>(world, ...pair, "--yes");
    expect(again).toMatchObject({ id: null, state: "already_same" });

    const merges = await yubinRows<MergeView>(world, "merges", "list", "--profile", "user:old");
    const done = merges.find(({ state }) => state === "done");
    const undone = await yubinJson<MergeView>(world, "merge", "undo", done?.id ?? "");
    expect(undone).toMatchObject({ id: done?.id, state: "undone" });
    expect((await show("user:young")).traits).toEqual({ plan: "free" });
    expect((await show("user:old")).traits).toEqual({ plan: "pro", city: "Tokyo" });
  });

  it("refuses whom nobody knows, by field", async () => {
    const { code, stderr } = await yubin(world, "merge", "user:nobody", "user:old", "--yes");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^yubin: not_found: no such person \(field from, request req_\w+\)\n$/);
  });
});

describe("conflicts", () => {
  it("are listed, explained and resolved", async () => {
    const [lineUserId] = world.friends;
    const line = { provider: "acme", userId: lineUserId };
    for (const userId of ["holder", "claimant"]) {
      await know(world, userId);
      await world.api.post("/v1/identify", { userId, context: { line } });
      await until(
        async () => ((await world.store.events.findOne({ state: "stored" })) ? undefined : true),
        { what: "the claim to be looked at" },
      );
    }
    const [open, ...more] = await yubinRows<ConflictView>(world, "conflicts", "list");
    expect(more).toEqual([]);
    const id = open?.id ?? "";
    const explained = await yubin(world, "conflicts", "show", id);
    expect(explained.stdout).toContain("Two people with different external ids claim this LINE ID");
    expect(explained.stdout).toContain(`yubin conflicts resolve ${id} --to `);

    for (const args of [[], ["--merge", "--keep-apart"], ["--to", "user:holder", "--merge"]])
      expect(await yubin(world, "conflicts", "resolve", id, ...args)).toMatchObject({ code: 2 });
    const misunderstood = await yubin(world, "conflicts", "resolve", id, "--merge");
    expect(misunderstood).toMatchObject({ code: 1 });
    expect(misunderstood.stderr).toMatch(/^yubin: state_invalid: .* \(field decision, /);

    const resolve = ["conflicts", "resolve", id, "--to", "user:claimant"];
    expect(await yubinJson(world, ...resolve)).toMatchObject({ state: "resolved" });
    expect((await show("user:claimant")).lineId).toEqual({ acme: lineUserId });
    expect(await yubinRows(world, "conflicts", "list")).toEqual([]);
    const resolved = await yubinRows<ConflictView>(world, "conflicts", "list", "--state", "all");
    expect(resolved.map((one) => one.id)).toEqual([id]);
  });
});

describe("link", () => {
  it("makes a link with its QR code, tells how it stands, and unlinks", async () => {
    const lineUserId = world.friends[1];
    await know(world, "mika");
    const made = await yubin(world, "link", "user:mika", "--line-id", lineUserId);
    expect(made.code).toBe(0);
    const [url = ""] = /^http:\/\/127\.0\.0\.1:\d+\/l\/\S+$/m.exec(made.stdout) ?? [];
    const [, id = ""] = /until (?:\S+): yubin link show (link_\w+)$/m.exec(made.stdout) ?? [];
    expect(made.stdout).toMatch(/^[█▀▄ ]{25,}$/m);
    const plain = await yubin(world, "link", "user:mika", "--line-id", lineUserId, "--no-qr");
    expect(plain.stdout).not.toMatch(/[█▀▄]/);

    expect(await yubinJson<LineLinkView>(world, "link", "show", id)).toMatchObject({
      state: "created",
      via: "page",
    });
    await press({ url }, "confirm");
    await untilLink(world, { id }, "linked");
    expect((await show("user:mika")).lineId).toEqual({ acme: lineUserId });
    const unlinked = ["unlink", "user:mika", "acme", lineUserId];
    expect((await yubinJson<ProfileView>(world, ...unlinked)).lineAccounts).toEqual([]);
    expect(await yubin(world, ...unlinked)).toMatchObject({ code: 1 });
  });

  it("goes by a code where no LINE ID is given, and refuses what is no LINE ID", async () => {
    const made = await yubinJson<{ id: string; url: string }>(world, "link", "user:mika");
    expect(await yubinJson(world, "link", "show", made.id)).toMatchObject({ via: "code" });
    const odd = await yubin(world, "link", "user:mika", "--line-id", "Uxyz");
    expect(odd).toMatchObject({ code: 2, stderr: expect.stringContaining("not a LINE user ID") });
  });
});

describe("workspace", () => {
  it("tells how many people there are, and its channels", async () => {
    const usage = await yubinJson<UsageView>(world, "usage");
    expect(usage.identified).toBe(
      await world.store.profiles.countDocuments({ externalId: { $ne: null }, mergedInto: null }),
    );
    expect((await yubin(world, "usage")).stdout).toContain(`identified ${usage.identified}\n`);
    const channels = await yubin(world, "channels", "list");
    expect(channels.stdout).toMatch(new RegExp(`^${world.channelId} +Café Mori +acme `, "m"));
    const health = await yubinJson<HealthCheck[]>(world, "channels", "health", world.channelId);
    expect(health.map(({ check }) => check)).toContain("token");
  });

  it("changes its rules", async () => {
    const set = ["workspace", "set", "--conflict-policy", "last_proof_wins"];
    expect(await yubinJson<WorkspaceView>(world, ...set, "--undo-window-days", "7")).toMatchObject({
      conflictPolicy: "last_proof_wins",
      undoWindowDays: 7,
    });
    expect((await yubin(world, "workspace", "show")).stdout).toMatch(/^undo window +7 days$/m);
    expect(await yubin(world, "workspace", "set")).toMatchObject({ code: 2 });
    const over = await yubin(world, "workspace", "set", "--undo-window-days", "99");
    expect(over).toMatchObject({ code: 1, stderr: expect.stringContaining("undoWindowDays") });
  });

  it("changes and shows the rules that sending goes by, and takes them away", async () => {
    const set = (...rules: string[]) => yubin(world, "workspace", "set", ...rules);
    const sending = ["--quiet-hours", "22:00-08:00 Asia/Tokyo skip", "--cap", "3/7"];
    const quota = ["--quota", "hold", "--consent-required", "news", "late offers"];
    expect((await set(...sending, ...quota)).code).toBe(0);
    expect(await yubinJson<WorkspaceView>(world, "workspace", "show")).toMatchObject({
      quietHours: { from: "22:00", to: "08:00", zone: "Asia/Tokyo", do: "skip" },
      cap: { messages: 3, days: 7 },
      quota: "hold",
      consentRequired: ["news", "late offers"],
    });
    expect((await yubin(world, "workspace", "show")).stdout).toMatch(/^quota +hold$/m);

    const none = ["--quiet-hours", "none", "--cap", "none", "--consent-required", "none"];
    expect((await set(...none, "--quota", "stop")).code).toBe(0);
    expect(await yubinJson<WorkspaceView>(world, "workspace", "show")).toMatchObject({
      quietHours: null,
      cap: null,
      quota: "stop",
      consentRequired: [],
    });
    expect(await set("--quiet-hours", "22:00-08:00 Asia/Tokyo")).toMatchObject({ code: 0 });
    expect((await set("--quiet-hours", "none")).code).toBe(0);
    for (const odd of [
      ["--cap", "3"],
      ["--quiet-hours", "at night"],
      ["--quota", "all"],
    ])
      expect(await set(...odd)).toMatchObject({ code: 2 });
    const where = await set("--quiet-hours", "22:00-08:00 Tokyo");
    expect(where).toMatchObject({ code: 1, stderr: expect.stringContaining("quietHours.zone") });
  });
});
