import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type {
  CampaignMetrics,
  CampaignTestView,
  CampaignView,
  EstimateView,
  MessageView,
  RecipientView,
  UnknownView,
} from "@yubin/types";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { startLinkWorld, type LinkWorld } from "../links/link-world.ts";
import { until } from "../stack/until.ts";
import { startYubin, yubin, yubinJson, yubinRows } from "./run-yubin.ts";
import { atTerminal } from "./terminal.ts";

let world: LinkWorld;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "yubin-campaigns-"));
  world = await startLinkWorld("Café Mori", { senders: 1 });
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => world.simulator.faults.set([]));

const file = async (name: string, content: unknown): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};
const campaign = (over: object = {}) => ({
  name: "Spring\u001b[2J",
  channelId: world.channelId,
  content: { messages: [{ type: "text", text: "[[spring]] It is spring" }] },
  audience: { type: "friends" },
  ...over,
});
const draft = async (over: object = {}): Promise<string> => {
  const path = await file("campaign.json", campaign(over));
  return (await yubinJson<CampaignView>(world, "campaigns", "create", path)).id;
};
/** LINE takes nothing, so that a campaign is sent for as long as a test needs it to be. */
const failLine = (): void =>
  world.simulator.faults.set([{ kind: "error500Before", endpoint: "multicast", rate: 1 }]);
const untilSending = (id: string) =>
  until(
    async () => {
      const { state } = await yubinJson<CampaignView>(world, "campaigns", "show", id);
      return state === "sending" ? true : undefined;
    },
    { what: "the campaign to be sent", everyMs: 20 },
  );

const locationOf = async (link: string): Promise<string | undefined> => {
  const [res] = (await once(get(link), "response")) as [IncomingMessage];
  res.resume();
  return res.headers.location;
};

describe("a campaign", () => {
  it("is drafted, shown, launched and watched to its numbers", async () => {
    const path = await file("first.json", campaign());
    const created = await yubin(world, "campaigns", "create", path, "--key", "first");
    expect(created).toMatchObject({ code: 0, stdout: expect.stringMatching(/ is draft\n$/) });
    expect(created.stdout).toContain("(Spring\\u001b[2J)");
    const again = await yubin(world, "campaigns", "create", path, "--key", "first");
    expect(again.stdout).toBe(created.stdout);
    const [, id = ""] = /^(camp_[0-9a-f]{32}) /.exec(created.stdout) ?? [];

    const shown = await yubin(world, "campaigns", "show", id);
    expect(shown.stdout).toContain("audience  friends\n");
    expect(shown.stdout).toContain('"text": "[[spring]] It is spring"');
    const list = await yubin(world, "campaigns", "list");
    expect(list.stdout).toMatch(new RegExp(`^ID .*\n${id} .* draft `));
    const drafts = await yubin(world, "campaigns", "list", "--state", "draft");
    expect(drafts.stdout).toBe(list.stdout);
    const elsewhere = ["--state", "draft", "--channel", "chan_0"];
    expect((await yubin(world, "campaigns", "list", ...elsewhere)).stdout).toBe("None.\n");
    expect(await yubin(world, "campaigns", "list", "--state", "running")).not.toMatchObject({
      code: 0,
    });

    const launched = await yubin(world, "campaigns", "launch", id, "--yes", "--watch");
    expect(launched.code).toBe(0);
    const people = world.friends.length;
    expect(launched.stdout).toMatch(new RegExp(`^${id} is done\n`));
    expect(launched.stdout).toMatch(new RegExp(`^audience +${people} +100\\.0 %$`, "m"));
    expect(launched.stdout).toMatch(new RegExp(`^accepted +${people} +100\\.0 %$`, "m"));
    expect(world.simulator.ledger.recipients("spring").size).toBe(people);
    expect((await yubin(world, "campaigns", "metrics", id)).stdout).toBe(launched.stdout);
    expect(await yubinJson<CampaignMetrics>(world, "campaigns", "metrics", id)).toMatchObject({
      state: "done",
      totals: { audience: people, accepted: people },
    });
    const over = await yubin(world, "campaigns", "metrics", id, "--interval", "day");
    expect(over.stdout.startsWith(launched.stdout)).toBe(true);
    expect(over.stdout).toMatch(
      new RegExp(`^FROM +ACCEPTED .*\n20\\d\\d-\\d\\d-\\d\\dT00:00:00.000Z +${people} +0 `, "m"),
    );
  });

  it("is not launched, nor cancelled, by whoever types something else, or nobody", async () => {
    const id = await draft();
    for (const action of ["launch", "cancel"]) {
      const asked = await atTerminal(world, ["campaigns", action, id], "no");
      expect(asked).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("Nothing was done."),
      });
      expect(asked.stderr).toContain("Spring\\u001b[2J");
      expect(await yubin(world, "campaigns", action, id)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("--yes"),
      });
    }
    expect(await yubinJson(world, "campaigns", "show", id)).toMatchObject({ state: "draft" });
    const typed = await atTerminal(world, ["campaigns", "cancel", id], "cancel");
    expect(typed).toMatchObject({ code: 0, stdout: expect.stringContaining("is cancelled") });
  });

  it("is paused and resumed, and goes on without whoever watched it", async () => {
    failLine();
    const id = await draft();
    const watching = startYubin(world, ["campaigns", "launch", id, "--yes", "--watch"]);
    await untilSending(id);
    await until(() => (watching.told().includes("sending: ") ? true : undefined), {
      what: "progress to be told",
      everyMs: 20,
    });
    watching.child.kill("SIGINT");
    const { code, stdout, stderr } = await watching.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toContain(`${id} goes on without being watched: yubin campaigns watch ${id}\n`);

    const isAsked = async (): Promise<true | undefined> => {
      const { sending } = await yubinJson<CampaignMetrics>(world, "campaigns", "metrics", id);
      return sending > 0 ? true : undefined;
    };
    await until(isAsked, { what: "LINE to be asked", everyMs: 20 });
    const paused = await yubin(world, "campaigns", "pause", id);
    expect(paused.stdout).toMatch(/ is paused: operator\n$/);
    const mayHaveIt = /asked to send it to \d+ of those queued .* they may have it\n/;
    expect(paused.stderr).toMatch(mayHaveIt);
    const still = await yubin(world, "campaigns", "watch", id);
    expect(still).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("is paused: operator"),
    });
    expect(still.stdout).toMatch(mayHaveIt);
    world.simulator.faults.set([]);
    const resumed = await yubin(world, "campaigns", "resume", id, "--watch");
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining("is done\n") });
    expect(await yubin(world, "campaigns", "pause", id)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("state_invalid: "),
    });
  });

  it("gets its people from a file, is changed and estimated, and goes to them", async () => {
    const content = { messages: [{ type: "text", text: "[[listed]] {{ data.code }}" }] };
    const id = await draft({ content, audience: { type: "list" } });
    const [first, second] = world.friends;
    const csv = `ref,code\nline:acme:${first},A\nline:acme:${second},B\nuser:nobody,C\nuser:,D\n`;
    const path = await file("people.csv", csv);
    const sent = await yubin(world, "campaigns", "audience", id, path);
    expect(sent).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ is received\n4 rows, \d accepted, \d refused\n/),
    });
    expect((await yubin(world, "campaigns", "audience", id, path)).stdout).toBe(sent.stdout);

    const patch = await file("patch.json", { throttle: { perMinute: 60_000 }, cap: null });
    const changed = await yubin(world, "campaigns", "change", id, patch);
    expect(changed).toMatchObject({ code: 0, stdout: expect.stringContaining("audience  list\n") });
    const capped = await file("cap.json", { cap: { messages: 9, days: 1 }, quietHours: "none" });
    expect((await yubin(world, "campaigns", "change", id, capped)).stdout).toMatch(
      /^quiet {5}none\ncap {7}9 messages in 1 days$/m,
    );
    const uncapped = await yubin(world, "campaigns", "change", id, patch);
    expect(uncapped.stdout).not.toMatch(/^cap /m);

    const estimate = await yubin(world, "campaigns", "estimate", id);
    expect(estimate).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^reachable +2$/m),
    });
    expect(estimate.stdout).toMatch(/^messages needed +2$/m);
    const quota = await yubin(world, "channels", "quota", world.channelId);
    expect(quota).toMatchObject({ code: 0, stdout: expect.stringMatching(/^used +\d+, as LINE/m) });

    const launched = await yubin(world, "campaigns", "launch", id, "--yes", "--watch");
    expect(launched.stdout).toMatch(/^accepted +2 /m);
    expect(world.simulator.ledger.recipients("listed").size).toBe(2);
    expect(await yubin(world, "campaigns", "change", id, patch)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("campaign_locked: "),
    });
  });

  it("is tried on a few first, which its numbers do not know", async () => {
    const content = { messages: [{ type: "text", text: "[[try]] {{ data.code }} {{ data.n }}" }] };
    const id = await draft({ content });
    const [first] = world.friends;
    const args = ["campaigns", "test", id, `line:acme:${first}`, "--data", "code=a", "n:=7"];
    const { data } = await yubinJson<CampaignTestView>(world, ...args);
    const message = data[0]?.id ?? "";
    await until(
      async () =>
        (await yubinJson<MessageView>(world, "messages", "show", message)).outcome ?? undefined,
      { what: "the test to be sent", everyMs: 50 },
    );
    const shown = await yubin(world, "messages", "show", message);
    expect(shown.stdout).toMatch(/^state {4}accepted$/m);
    expect(world.simulator.ledger.recipients("try").get(first)).toBe(1);
    const metrics = await yubin(world, "campaigns", "metrics", id);
    expect(metrics.stdout).toMatch(/^audience +0$/m);
  });
});

describe("a campaign whose clicks are counted", () => {
  it("tells who followed which link, and so does its test", async () => {
    const sale = "https://shop.example/sale";
    const content = { messages: [{ type: "text", text: `[[clicked]] ${sale}` }] };
    const id = await draft({ content, tracking: "person" });
    const shown = await yubin(world, "campaigns", "show", id);
    expect(shown.stdout).toContain("clicks    counted by person\n");
    const [ann, bob] = world.friends;
    const args = ["campaigns", "test", id, `line:acme:${ann}`];
    const tested = await yubinJson<CampaignTestView>(world, ...args);
    const messageId = tested.data[0]?.id ?? "";
    const message = until(
      async () =>
        (await yubinJson<MessageView>(world, "messages", "show", messageId)).outcome ?? undefined,
      { what: "the test to be sent", everyMs: 50 },
    );
    expect(await message).toBe("accepted");
    const launched = await yubin(world, "campaigns", "launch", id, "--yes", "--watch");
    expect(launched.stdout).toMatch(/^0 clicks by 0 people\nPEOPLE +CLICKS +LINK\n0 +0 +https:/m);

    const linksOf = (person: string): string[] =>
      world.simulator.ledger
        .requests({ recipient: person })
        .flatMap(({ body }) => [...JSON.stringify(body).matchAll(/\[\[clicked\]\] (http[^"]+)/g)])
        .map(([, link = ""]) => link);
    const [annsTest = "", anns = ""] = linksOf(ann);
    const [bobs = ""] = linksOf(bob);
    for (const link of [annsTest, anns, anns, bobs]) expect(await locationOf(link)).toBe(sale);
    const metrics = await yubin(world, "campaigns", "metrics", id);
    expect(metrics.stdout).toMatch(
      /^3 clicks by 2 people\n.*\n2 +3 +https:\/\/shop\.example\/sale$/m,
    );
    const listed = await yubin(world, "campaigns", "recipients", id);
    expect(listed.stdout.split("\n")[0]).toMatch(/ SETTLED +CLICKS +LINE REQUEST/);
    const people = await yubinRows<RecipientView>(world, "campaigns", "recipients", id);
    const byPerson = new Map(people.map((person) => [person.lineUserId, person.clicks]));
    expect(byPerson.get(ann)).toMatchObject([{ url: sale, clicks: 2 }]);
    expect(byPerson.get(bob)).toMatchObject([{ url: sale, clicks: 1 }]);
    expect([...byPerson.values()].filter((some) => some?.length === 0)).toHaveLength(
      people.length - 2,
    );
    const csv = await yubin(world, "campaigns", "export", id);
    expect(csv.stdout).toMatch(new RegExp(`,2,[^,]+Z,[^,]+Z,${sale},\r?$`, "m"));
    const timeline = await yubin(world, "people", "timeline", `line:acme:${ann}`);
    expect(timeline.stdout).toMatch(/ accepted +2, first 20[\d-]+T[\d:.]+Z +/);
    const one = await yubin(world, "messages", "show", messageId);
    expect(one.stdout).toMatch(/^1 clicks by 1 people\n.*\n1 +1 +https:\/\/shop\.example\/sale$/m);
  });

  it("tells them by variant where it has any", async () => {
    const sale = "https://shop.example/sale";
    const variants = ["A", "B"].map((name) => ({
      name,
      messages: [{ type: "text", text: `[[clicked-${name}]] ${sale}` }],
    }));
    const id = await draft({ content: { variants, controlPercent: 1 }, tracking: "person" });
    expect((await yubin(world, "campaigns", "launch", id, "--yes", "--watch")).code).toBe(0);
    const linksOf = (name: string): string[] =>
      world.simulator.ledger
        .requests()
        .flatMap(({ body }) => [
          ...JSON.stringify(body).matchAll(
            new RegExp(`\\[\\[clicked-${name}\\]\\] (http[^"]+)`, "g"),
          ),
        ])
        .map(([, link = ""]) => link);
    const [some = [], others = []] = ["A", "B"].map(linksOf);
    for (const link of [...some, ...some, ...others]) expect(await locationOf(link)).toBe(sale);
    const all = some.length + others.length;
    const { stdout } = await yubin(world, "campaigns", "metrics", id);
    expect(stdout).toMatch(new RegExp(`^${all + some.length} clicks by ${all} people$`, "m"));
    expect(stdout).toMatch(
      new RegExp(`^A: ${2 * some.length} clicks by ${some.length} people\n.*\n.* ${sale}$`, "m"),
    );
    expect(stdout).toMatch(
      new RegExp(`^B: ${others.length} clicks by ${others.length} people$`, "m"),
    );
    expect(stdout).not.toContain("control:");
  });
});

describe("a campaign of variants", () => {
  const variant = (name: string, weight: number) => ({
    name,
    weight,
    messages: [{ type: "text", text: `[[variant-${name}]] of ${name}` }],
  });
  const content = { variants: [variant("A", 1), variant("B", 3)], controlPercent: 40 };
  const at = (name: string) => world.simulator.ledger.recipients(`variant-${name}`);

  it("is estimated without its control group, sent, and told by variant", async () => {
    const id = await draft({ content });
    const shown = await yubin(world, "campaigns", "show", id);
    expect(shown.stdout).toContain("variants  A 15.0 %, B 45.0 %, control 40.0 %\n");
    const estimate = await yubinJson<EstimateView>(world, "campaigns", "estimate", id);

    const launched = await yubin(world, "campaigns", "launch", id, "--yes", "--watch");
    expect(launched.code).toBe(0);
    const metrics = await yubinJson<CampaignMetrics>(world, "campaigns", "metrics", id);
    const people = world.friends.length;
    expect(metrics.totals.audience).toBe(people);
    const of = (wanted: string) => metrics.variants.find(({ name }) => name === wanted)?.totals;
    const [a, b, control] = [of("A"), of("B"), of("control")];
    expect(control).toMatchObject({ accepted: 0, skipped: control?.audience });
    expect([at("A").size, at("B").size]).toEqual([a?.accepted, b?.accepted]);
    expect((a?.audience ?? 0) + (b?.audience ?? 0) + (control?.audience ?? 0)).toBe(people);
    expect(estimate.counts).toMatchObject({
      audience: people,
      controlGroup: control?.audience,
      reachable: metrics.totals.accepted,
      quotaNeeded: metrics.totals.accepted,
    });
    expect(launched.stdout).toMatch(new RegExp(`^A +1 +${a?.audience} +0 +${a?.accepted} `, "m"));
    expect(launched.stdout).toMatch(new RegExp(`^control +${control?.audience} +0 +0 `, "m"));

    for (const name of ["A", "B", "control"]) {
      const args = ["campaigns", "recipients", id, "--variant", name];
      const listed = await yubinRows<RecipientView>(world, ...args);
      const told = listed.map(({ lineUserId }) => lineUserId).filter((one) => one !== null);
      expect(listed).toHaveLength(of(name)?.audience ?? -1);
      expect(new Set(told)).toEqual(new Set(at(name).keys()));
      const csv = await yubin(world, "campaigns", "export", id, "--variant", name);
      expect(csv.stdout.trim().split("\n")).toHaveLength(listed.length + 1);
    }
    expect(await yubin(world, "campaigns", "recipients", id, "--variant", "C")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("param_invalid: "),
    });
  });

  it("is tried on a few: each of them, or the one that is named", async () => {
    const id = await draft({ content });
    const to = `line:acme:${world.friends[0]}`;
    const all = await yubin(world, "campaigns", "test", id, to);
    expect(all.stdout).toMatch(new RegExp(`^msg_\\w+  ${to}  A\nmsg_\\w+  ${to}  B\n$`));
    const one = await yubin(world, "campaigns", "test", id, to, "--variant", "B");
    expect(one.stdout).toMatch(new RegExp(`^msg_\\w+  ${to}  B\n$`));
    const looked = await yubin(world, "campaigns", "preview", id, "--to", to, "--variant", "B");
    expect(looked).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^variant {3}B\ndecision {2}send\n/),
    });
    expect(looked.stdout).toContain('"text": "[[variant-B]] of B"');
  });
});

describe("the people behind a number", () => {
  it("are listed by outcome and reason, and exported as a file", async () => {
    const [first] = world.friends;
    const refs = [`line:acme:${first}`, "user:nobody-1", "user:nobody-2", "user:=nobody"];
    const id = await draft({ audience: { type: "refs", refs } });
    expect((await yubin(world, "campaigns", "launch", id, "--yes", "--watch")).code).toBe(0);

    const all = await yubinRows<RecipientView>(world, "campaigns", "recipients", id);
    expect(all.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ["accepted", null],
      ["skipped", "not_found"],
      ["skipped", "not_found"],
      ["skipped", "not_found"],
    ]);
    const skipped = [
      "campaigns",
      "recipients",
      id,
      "--outcome",
      "skipped",
      "--reason",
      "not_found",
    ];
    expect(await yubinRows(world, ...skipped)).toEqual(all.slice(1));
    const some = await yubin(world, ...skipped, "--limit", "2");
    expect(some.stdout.trimEnd().split("\n")).toHaveLength(3);
    expect(some.stdout).toMatch(/^PROFILE +EXTERNAL ID +REFERENCE /);
    expect(some.stderr).toBe("There are more: --limit or --all.\n");
    const unknown = ["campaigns", "recipients", id, "--outcome", "unknown"];
    expect((await yubin(world, ...unknown)).stdout).toBe("Nobody.\n");

    const csv = await yubin(world, "campaigns", "export", id, "--outcome", "skipped");
    const lines = csv.stdout.split("\r\n");
    expect(lines[0]).toMatch(/^profileId,externalId,ref,/);
    expect(lines).toHaveLength(5);
    expect(lines[3]).toContain("user:=nobody");
    expect(await yubinRows(world, "campaigns", "export", id)).toEqual(all);
    expect(await yubin(world, "campaigns", "export", id, "--outcome", "delivered")).toMatchObject({
      code: 2,
      stdout: "",
    });
  });
});

describe("those who are unknown", () => {
  it("are listed with what to do, of all campaigns or one, and exported as a file", async () => {
    failLine();
    const id = await draft({ name: "=Spring" });
    expect((await yubin(world, "campaigns", "launch", id, "--yes")).code).toBe(0);
    await untilSending(id);
    await until(
      async () =>
        (world.simulator.ledger.summary().faults["error500Before"] ?? 0) > 0 ? true : undefined,
      { what: "LINE to be asked", everyMs: 20 },
    );
    expect((await yubin(world, "campaigns", "cancel", id, "--yes")).code).toBe(0);
    const people = world.friends.length;
    const unknowns = () => yubinRows<UnknownView>(world, "unknowns", "--campaign", id, "--all");
    await until(async () => ((await unknowns()).length === people ? true : undefined), {
      what: "the open calls to be parked",
      everyMs: 200,
      timeoutMs: 60_000,
    });
    const all = await unknowns();
    expect(new Set(all.map(({ reason }) => reason))).toEqual(new Set(["campaign_cancelled"]));
    const args = ["unknowns", "--reason", "campaign_cancelled", "--limit", "1"];
    const listed = await yubin(world, ...args);
    expect(listed).toMatchObject({ code: 0, stderr: "There are more: --limit or --all.\n" });
    expect(listed.stdout).toMatch(/^PARKED +PROFILE +EXTERNAL ID .*\n.* =Spring .*under an Idempo/);
    const metrics = await yubin(world, "campaigns", "metrics", id);
    expect(metrics.stdout).toContain(`yubin unknowns --campaign ${id}`);
    const csv = await yubin(world, "unknowns", "--campaign", id, "--format", "csv");
    expect(csv.stdout.split("\r\n")).toHaveLength(people + 2);
    expect(csv.stdout).toContain(`"'=Spring"`);
    expect((await yubin(world, "unknowns", "--reason", "poison")).stdout).toBe("Nobody.\n");
  });
});

describe("what is not there or cannot be meant", () => {
  it.each([
    ["campaigns", "show", "camp_none"],
    ["campaigns", "launch", "camp_none", "--yes"],
    ["campaigns", "watch", "camp_none"],
    ["campaigns", "metrics", "camp_none"],
    ["campaigns", "recipients", "camp_none"],
    ["campaigns", "export", "camp_none"],
    ["campaigns", "test", "camp_none", "user:ann"],
    ["messages", "show", "msg_none"],
    ["templates", "show", "tmpl_none"],
    ["templates", "versions", "tmpl_none"],
    ["templates", "archive", "tmpl_none", "--yes"],
  ])("is refused: %s %s %s", async (...args) => {
    expect(await yubin(world, ...args)).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("not_found: "),
    });
  });

  it("is misuse where there is no such file, or none of JSON", async () => {
    for (const [path, why] of [
      [join(folder, "none.json"), "ENOENT"],
      [await file("text.json", "no JSON"), `is no JSON: Unexpected token 'o', "no JSON"`],
      [await file("broken.json", '{"a": 1\n "b": 2}'), "(line 2 column 2)"],
      [await file("list.json", []), "holds no JSON object"],
    ] as const)
      for (const command of [
        ["campaigns", "create"],
        ["templates", "save"],
        ["messages", "send"],
        ["messages", "preview"],
      ])
        expect(await yubin(world, ...command, path)).toMatchObject({
          code: 2,
          stdout: "",
          stderr: expect.stringContaining(why),
        });
  });

  it("is Yubin's to say for what is in a file", async () => {
    const path = await file("wrong.json", campaign({ content: { messages: [] } }));
    expect(await yubin(world, "campaigns", "create", path)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^yubin: line_limit: .*field content\.messages/),
    });
  });
});
