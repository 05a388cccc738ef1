import { exec } from "node:child_process";
import { promisify } from "node:util";
import { join } from "node:path";

import type { ProfileView, TimelineItem } from "@yubin/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { know, startLinkWorld, type LinkWorld } from "../links/link-world.ts";
import { until } from "../stack/until.ts";
import { startYubin, yubin, yubinJson, yubinRows } from "./run-yubin.ts";
import { atTerminal } from "./terminal.ts";

let world: LinkWorld;
/** A name that would colour, clear and ring a terminal, break its line and turn its letters around. */
const hostile = "\u001b[31m\u001b[2J\u0007Aiko\n\u009b5m\u202egnp.exe\u2069\t<script>";

beforeAll(async () => {
  world = await startLinkWorld();
  await know(world, "aiko", { name: hostile, plan: "pro", visits: 3 });
  await know(world, "hanako", { name: "花子さん", plan: "free" });
});
afterAll(() => world?.[Symbol.asyncDispose]());

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const unseen = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

describe("list", () => {
  it("finds by what is known of them, as a table and as JSON", async () => {
    const { code, stdout } = await yubin(world, "people", "list", "--attribute", "plan=pro");
    expect(code).toBe(0);
    const [header, row, ...more] = stdout.trimEnd().split("\n");
    expect(header).toMatch(/^ID +EXTERNAL ID +NAME +LINE IDS +FOLLOWS +BLOCKED +SUPPRESSED$/);
    expect(row).toMatch(/^prof_[0-9a-f]{32} {2}aiko /);
    expect(more).toEqual([]);

    const found = await yubinRows<ProfileView>(world, "people", "list", "--name", "花子");
    expect(found.map(({ externalId }) => externalId)).toEqual(["hanako"]);
    const two = ["--attribute", "plan=free", "--attribute", "visits=3"];
    expect(await yubinRows(world, "people", "list", ...two)).toEqual([]);
    expect((await yubin(world, "people", "list", ...two)).stdout).toBe("Nobody.\n");
  });

  it("tells friends from others, and who is identified", async () => {
    const { channelId, friends } = world;
    const following = ["--friendship", `${channelId}:following`];
    expect(await yubinRows(world, "people", "list", ...following)).toHaveLength(friends.length);
    expect(await yubinRows(world, "people", "list", ...following, "--identified")).toEqual([]);
    const identified = await yubinRows<ProfileView>(world, "people", "list", "--identified");
    expect(identified.map(({ externalId }) => externalId)).toEqual(["aiko", "hanako"]);
    expect(await yubinRows(world, "people", "list", "--no-identified")).toHaveLength(
      friends.length,
    );
  });

  it("stops at its limit and says so, and goes on to the end with --all", async () => {
    const some = await yubin(world, "people", "list", "--limit", "5");
    expect(some.stdout.trimEnd().split("\n")).toHaveLength(6);
    expect(some.stderr).toBe("There are more: --limit or --all.\n");
    const all = await yubinRows<ProfileView>(world, "people", "list", "--all");
    expect(new Set(all.map(({ id }) => id)).size).toBe(world.friends.length + 2);
  });
});

describe("what a name may do", () => {
  it("is nothing: not in tables, in texts, in JSON, nor at a terminal", async () => {
    const outputs = [
      await yubin(world, "people", "list"),
      await yubin(world, "people", "show", "user:aiko"),
      await yubin(world, "people", "show", "user:aiko", "--json"),
      await yubin(world, "people", "timeline", "user:aiko"),
      await atTerminal(world, ["people", "export", "--format", "ndjson"], ""),
      await atTerminal(world, ["people", "export", "--format", "csv"], ""),
    ];
    for (const { code, stdout, stderr } of outputs) {
      expect(code).toBe(0);
      expect(`${stdout}${stderr}`).not.toMatch(unseen);
      expect(stdout).toContain("aiko");
    }
    const [list, show, json] = outputs;
    expect(list?.stdout).toContain("\\u001b[31m\\u001b[2J\\u0007Aiko\\n\\u009b5m\\u202egnp.exe");
    expect(show?.stdout).toContain("\\u001b[31m");
    const profile = JSON.parse(json?.stdout ?? "") as ProfileView;
    expect(profile.traits["name"]).toBe(hostile);
  });

  it("leaves the lines of a terminal as long as it is wide", async () => {
    const { stdout } = await atTerminal(world, ["people", "list"], "");
    expect(stdout).toContain("花子さん");
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe("one person", () => {
  const set = (...args: string[]) =>
    yubinJson<ProfileView>(world, "people", "set", "user:hanako", ...args);

  it("gets and loses traits", async () => {
    const after = await set(
      "city=東京",
      "age:=42",
      'tags:=["a","b"]',
      "zip=007",
      "--unset",
      "plan",
    );
    expect(after.traits).toEqual({
      name: "花子さん",
      city: "東京",
      age: 42,
      tags: ["a", "b"],
      zip: "007",
    });
  });

  it("is not set to what the command does not say clearly", async () => {
    for (const args of [
      [],
      ["plan"],
      ["=x"],
      ["age:=forty"],
      ["a=1", "a=2"],
      ["a=1", "--unset", "a"],
    ])
      expect(await yubin(world, "people", "set", "user:hanako", ...args)).toMatchObject({
        code: 2,
        stdout: "",
      });
  });

  it("says yes and no, and is suppressed and not any more", async () => {
    const yes = ["people", "consent", "user:hanako", "news", "yes", "--source", "form 7"];
    const granted = await yubinJson<ProfileView>(world, ...yes);
    expect(granted.consents["news"]).toMatchObject({ granted: true, source: "form 7" });
    expect(await yubin(world, "people", "consent", "user:hanako", "news", "maybe")).toMatchObject({
      code: 2,
    });
    const text = await yubin(world, "people", "suppress", "user:hanako", "--reason", "asked to");
    expect(text).toMatchObject({ code: 0, stdout: expect.stringContaining(": asked to\n") });
    const lifted = await yubinJson<ProfileView>(world, "people", "unsuppress", "user:hanako");
    expect(lifted).toMatchObject({ suppressed: false, suppression: null });
  });

  it("has a timeline", async () => {
    const items = await yubinRows<TimelineItem>(world, "people", "timeline", "user:hanako");
    expect(items.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["identify", "patch", "consent", "suppress"]),
    );
    const some = ["people", "timeline", "user:hanako", "--types", "consent"];
    expect((await yubinRows<TimelineItem>(world, ...some)).map(({ type }) => type)).toEqual([
      "consent",
    ]);
  });

  it("is forgotten only when that is meant", async () => {
    const { id } = await know(world, "gone", { name: "Gone" });
    const erase = ["people", "erase", "user:gone"];
    const unasked = await yubin(world, ...erase);
    expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining("give --yes") });
    const wrong = await atTerminal(world, erase, "yes");
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining("Nothing was done.") });
    expect(wrong.stderr).toContain(`${id}, gone, Gone`);
    expect(await yubin(world, "people", "show", "user:gone")).toMatchObject({ code: 0 });

    expect(await atTerminal(world, erase, "user:gone")).toMatchObject({ code: 0 });
    const shown = await until(
      async () => {
        const ended = await yubin(world, "people", "show", id);
        return ended.code === 0 ? undefined : ended;
      },
      { what: "the person to be forgotten" },
    );
    expect(shown).toMatchObject({ code: 1, stderr: expect.stringContaining("profile_erased: ") });
  });
});

describe("refusals", () => {
  it("are told by code, message and field, without a stack", async () => {
    const unknown = await yubin(world, "people", "show", "user:nobody");
    expect(unknown).toMatchObject({ code: 1, stdout: "" });
    expect(unknown.stderr).toMatch(/^yubin: not_found: no such person \(request req_\w+\)\n$/);
    const field = await yubin(world, "people", "list", "--friendship", "x", "--json");
    expect(field.code).toBe(1);
    expect(JSON.parse(field.stderr)).toMatchObject({
      error: { code: "param_invalid", field: "friendship", status: 400 },
    });
    const wrongKey = await yubin({ ...world, apiKey: "yb_live_wrong" }, "usage");
    expect(wrongKey).toMatchObject({ code: 1, stderr: expect.stringContaining("auth_invalid") });
    const away = await yubin({ ...world, url: "http://127.0.0.1:1" }, "usage");
    expect(away).toMatchObject({ code: 1, stderr: expect.stringContaining("unreachable: ") });
  });

  it("are misuse where nothing was asked of Yubin", async () => {
    const rows: [string[], Record<string, string | undefined>, string][] = [
      [["usage"], { YUBIN_API_KEY: undefined }, "YUBIN_API_KEY is not set"],
      [["usage"], { YUBIN_API_KEY: "two words" }, "YUBIN_API_KEY is no API key"],
      [["usage"], { YUBIN_URL: undefined }, "YUBIN_URL is not set"],
      [["usage", "--url", "ftp://x"], {}, "the URL of Yubin is like"],
      [["usage", "--url", "http://a:b@x"], {}, "the URL of Yubin is like"],
      [["usage", "--key", "yb_live_x"], {}, "unknown option '--key'"],
      [["nothing"], {}, "unknown command 'nothing'"],
      [["people", "show"], {}, "missing required argument 'ref'"],
      [["people", "list", "--limit", "0"], {}, "a whole number from 1 on"],
      [["people", "list", "--attribute", "plan"], {}, "key=value"],
    ];
    for (const [args, env, sentence] of rows) {
      const ended = await startYubin(world, args, env).ended;
      expect(ended).toMatchObject({
        code: 2,
        stdout: "",
        stderr: expect.stringContaining(sentence),
      });
      expect(ended.stderr).not.toContain("    at ");
    }
    expect(await yubin(world, "--help")).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("export", () => {
  it("gives everybody who is meant, as CSV or as NDJSON", async () => {
    const csv = await yubin(world, "people", "export", "--identified");
    expect(csv.stdout.split("\r\n")[0]).toMatch(/^id,externalId,email,name,/);
    const rows = await yubinRows<ProfileView>(world, "people", "export", "--no-identified");
    expect(rows).toHaveLength(world.friends.length);
  });

  it("ends quietly when nobody reads on", async () => {
    const bin = join(import.meta.dirname, "../../packages/cli/bin/yubin.mjs");
    for (let n = 0; n < 400; n += 1)
      await world.api.post("/v1/identify", {
        userId: `many-${n}`,
        traits: { x: "x".repeat(4_000) },
      });
    await until(
      async () =>
        (await world.store.profiles.countDocuments({ externalId: /^many-/ })) === 400 || undefined,
      { what: "many people" },
    );
    for (const command of ["people export --format ndjson", "people list --all --json"]) {
      const { stdout, stderr } = await promisify(exec)(
        `"${process.execPath}" "${bin}" ${command} | head -n 1`,
        { env: { ...process.env, YUBIN_URL: world.url, YUBIN_API_KEY: world.apiKey } },
      );
      expect(JSON.parse(stdout)).toMatchObject({ id: expect.stringMatching(/^prof_/) });
      expect(stderr).toBe("");
    }
  });
});
