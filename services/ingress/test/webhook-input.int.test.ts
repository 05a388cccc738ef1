import { once } from "node:events";
import { connect } from "node:net";
import { hashLinkSecret } from "@yubin/types";
import { afterAll, beforeAll, expect, it } from "vitest";

import { rawAnswer, rawHttp } from "./raw-http.ts";
import {
  addChannel,
  lineEvent,
  metricsOf,
  postWebhook,
  sign,
  startTestIngress,
  storedEvents,
  verdict,
  type TestChannel,
  type TestIngress,
} from "./setup.ts";

let ingress: TestIngress;
let channel: TestChannel;
let other: TestChannel;
beforeAll(async () => {
  ingress = await startTestIngress();
  channel = await addChannel(ingress);
  other = await addChannel(ingress);
});
afterAll(() => ingress[Symbol.asyncDispose]());

const body = (events: unknown[] = []): string =>
  JSON.stringify({ destination: channel.botUserId, events });
const headOf = (path: string, more: readonly string[]): string =>
  [`POST ${path} HTTP/1.1`, "host: yubin.test", ...more, "", ""].join("\r\n");
const unsigned = `x-line-signature: ${"A".repeat(43)}=`;
const byId = (): string => `/inbound/line/${channel.id}`;
const lengths = (...given: readonly string[]): string =>
  headOf("/inbound/line", [unsigned, ...given.map((one) => `content-length: ${one}`)]);
const chunks = (coding: string, ...more: readonly string[]): string =>
  headOf("/inbound/line", [unsigned, `transfer-encoding: ${coding}`, ...more]);

it("answers a missing signature without reading the body", async () => {
  const head = headOf("/inbound/line", ["content-length: 1000000"]);
  const { text } = await rawHttp(ingress.port, head); // and the body never comes
  expect(text).toMatch(/^HTTP\/1\.1 401 [^]*signature_missing/);
});

it("refuses every signature that is not the one", async () => {
  const bytes = body([lineEvent()]);
  const right = sign(channel.secret, bytes);
  const urlSafe = right.replaceAll("+", "-").replaceAll("/", "_");
  const wrong = [
    sign(other.secret, bytes),
    sign("x", bytes),
    right.slice(0, -1),
    `${right}=`,
    ` ${right}x`,
    `${right.slice(0, 20)}!${right.slice(20)}`,
    `${right.slice(0, 20)} ${right.slice(20)}`,
    Buffer.from(right, "base64").toString("hex"),
    Buffer.alloc(31).toString("base64"),
    Buffer.alloc(33).toString("base64"),
    "A".repeat(10_000),
    `${right}, ${right}`,
    ...(urlSafe === right ? [] : [urlSafe]),
  ];
  for (const path of ["/inbound/line", byId()]) {
    const verdicts = await Promise.all(
      wrong.map((signature) => verdict(postWebhook(ingress, channel, bytes, { path, signature }))),
    );
    expect(new Set(verdicts)).toEqual(new Set(["401 signature_invalid"]));
  }
  const twice = headOf("/inbound/line", [
    `x-line-signature: ${right}`,
    `x-line-signature: ${right}`,
    `content-length: ${bytes.length}`,
    "connection: close",
  ]);
  expect((await rawHttp(ingress.port, twice + bytes)).text).toMatch(/401 [^]*signature_invalid/);
  expect(await verdict(postWebhook(ingress, channel, bytes))).toBe("200");
});

it("signs the raw bytes and nothing else", async () => {
  const bytes = `{"destination":"${channel.botUserId}","events":[],"x":"\\u3042\\/"}`;
  const signature = sign(channel.secret, bytes);
  for (const same of [
    JSON.stringify(JSON.parse(bytes)),
    bytes.replace(",", ", "),
    bytes.replace("\\/", "/"),
  ])
    expect(await verdict(postWebhook(ingress, channel, same, { signature }))).toBe(
      "401 signature_invalid",
    );
  expect(await verdict(postWebhook(ingress, channel, bytes, { signature }))).toBe("200");
});

it("answers unknown channels as it answers bad signatures", async () => {
  const bytes = body();
  const signature = sign(channel.secret, bytes);
  const stranger = bytes.replace(channel.botUserId, `U${"0".repeat(32)}`);
  const paths = [
    `/inbound/line/${other.id}`,
    "/inbound/line/chan_00000000000000000000000000000000",
    "/inbound/line/..%2f..%2fetc",
    "/inbound/line/%00",
    `/inbound/line/${"a".repeat(10_000)}`,
    "/inbound/line/__proto__",
  ];
  for (const path of paths)
    expect(await verdict(postWebhook(ingress, channel, bytes, { path, signature }))).toBe(
      "401 signature_invalid",
    );
  for (const unknown of [stranger, "null", "not json", "", '{"destination":"x"}'])
    expect(await verdict(postWebhook(ingress, channel, unknown))).toBe("401 signature_invalid");
});

it("refuses a body for another bot", async () => {
  const bytes = JSON.stringify({ destination: other.botUserId, events: [] });
  expect(await verdict(postWebhook(ingress, channel, bytes, { path: byId() }))).toBe(
    "400 destination_mismatch",
  );
  const nested = JSON.stringify({
    events: [{ destination: channel.botUserId }],
    destination: other.botUserId,
  });
  expect(await verdict(postWebhook(ingress, channel, nested))).toBe("400 destination_mismatch");
});

it("finds the destination wherever LINE may put it", async () => {
  const decoys = Array.from({ length: 3 }, (_, at) => ({
    type: "someday",
    destination: `U${String(at).repeat(32)}`,
  }));
  const bytes = `{ "events" : ${JSON.stringify(decoys)},\n\t"destination" :\t"${channel.botUserId}" }`;
  expect(await verdict(postWebhook(ingress, channel, bytes))).toBe("200");
});

it("bounds the body, whatever its length says", async () => {
  const bytes = body([{ type: "x", pad: "p".repeat(1_048_576) }]);
  expect(await verdict(postWebhook(ingress, channel, bytes))).toBe("413 body_too_large");

  const signature = `x-line-signature: ${"A".repeat(43)}=`;
  const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
  const endless = headOf("/inbound/line", [signature, "transfer-encoding: chunked"]);
  const flood = await rawHttp(ingress.port, endless + chunk.repeat(20));
  expect(flood.text).toMatch(/^HTTP\/1\.1 413 [^]*body_too_large/);

  const lying = headOf("/inbound/line", [signature, "content-length: 100"]);
  const late = await rawHttp(ingress.port, `${lying}{}`);
  expect(late.text).toMatch(/^HTTP\/1\.1 408 [^]*body_timeout/);
  expect(late.elapsedMs).toBeGreaterThan(4_900);
});

it("takes no compressed bodies", async () => {
  for (const encoding of ["gzip", "deflate", "br", "zstd", "gzip, identity"])
    expect(
      await verdict(
        postWebhook(ingress, channel, body(), { headers: { "content-encoding": encoding } }),
      ),
    ).toBe("415 encoding_unsupported");
});

it("tells the signer of what is no webhook", async () => {
  const cases: [string | Buffer, string][] = [
    ["", "400 json_invalid"],
    ["{", "400 json_invalid"],
    [`\ufeff${body()}`, "400 json_invalid"],
    [Buffer.from(body(), "utf16le"), "400 json_invalid"],
    [Buffer.concat([Buffer.from(body()), Buffer.from([0xff])]), "400 json_invalid"],
    ["null", "400 body_shape"],
    ["[]", "400 body_shape"],
    ['"x"', "400 body_shape"],
    ["{}", "400 body_shape"],
    [`{"destination":"${channel.botUserId}"}`, "400 body_shape"],
    [`{"destination":"${channel.botUserId}","events":{}}`, "400 body_shape"],
    [`{"destination":["${channel.botUserId}"],"events":[]}`, "400 destination_mismatch"],
    [`{"events":[]}`, "400 destination_mismatch"],
    [`${"[".repeat(10_000)}${"]".repeat(10_000)}`, "400 json_too_deep"],
    [
      `{"destination":"${channel.botUserId}","events":${'{"a":'.repeat(5_000)}`,
      "400 json_too_deep",
    ],
    [body(Array.from({ length: 10_001 }, () => 0)), "400 too_many_events"],
  ];
  for (const [bytes, expected] of cases)
    expect(await verdict(postWebhook(ingress, channel, bytes, { path: byId() }))).toBe(expected);
});

it("answers LINE's probe", async () => {
  expect(await verdict(postWebhook(ingress, channel, []))).toBe("200");
});

it("keeps bad events aside and stores the good ones beside them", async () => {
  const good = Array.from({ length: 99 }, () => lineEvent());
  const bad = lineEvent({ webhookEventId: { $ne: null } });
  expect(await verdict(postWebhook(ingress, channel, [...good, bad]))).toBe("200");
  const ids = good.map(({ webhookEventId }) => `${channel.id}/${String(webhookEventId)}`);
  const rows = await storedEvents(ingress, { _id: { $in: ids }, state: "stored" });
  expect(rows).toHaveLength(99);
  expect(await storedEvents(ingress, { reason: "event_id_invalid" })).toHaveLength(1);
});

it("says why an event is kept aside, and keeps nothing of what it says", async () => {
  const now = Date.now();
  const cases: [Record<string, unknown>, string][] = [
    [{ webhookEventId: undefined }, "event_id_invalid"],
    [{ webhookEventId: "x".repeat(10_240) }, "event_id_invalid"],
    [{ webhookEventId: "" }, "event_id_invalid"],
    [{ webhookEventId: "a/b" }, "event_id_invalid"],
    [{ timestamp: String(now) }, "timestamp_invalid"],
    [{ timestamp: -1 }, "timestamp_invalid"],
    [{ timestamp: now + 0.5 }, "timestamp_invalid"],
    [{ timestamp: null }, "timestamp_invalid"],
    [{ timestamp: 1e300 }, "timestamp_invalid"],
    [{ timestamp: Date.UTC(3_000, 0) }, "future"],
    [{ timestamp: now + 660_000 }, "future"],
    [{ timestamp: now - 8 * 86_400_000 }, "stale"],
    [{ source: { type: "user", userId: { $ne: null } } }, "user_id_invalid"],
    [{ source: { type: "user", userId: `U${"0".repeat(31)}` } }, "user_id_invalid"],
    [{ source: { type: "user", userId: `U${"A".repeat(32)}` } }, "user_id_invalid"],
    [{ source: { type: "user", userId: `Ｕ${"0".repeat(32)}` } }, "user_id_invalid"],
    [{ source: { type: "user", userId: null } }, "user_id_invalid"],
    [{ source: "user" }, "event_shape"],
    [{ source: { type: "group" } }, "event_shape"],
    [{ message: { type: "text", id: "1", text: 5 } }, "event_shape"],
    [{ message: undefined }, "event_shape"],
    [{ type: "postback", postback: { data: "d".repeat(2_001) } }, "event_shape"],
    [{ type: 5, secretText: "s" }, "event_shape"],
  ];
  const before = await storedEvents(ingress, { state: "quarantined" });
  const events = [...cases.map(([over]) => lineEvent(over)), null, 7, "event", [lineEvent()]];
  expect(await verdict(postWebhook(ingress, channel, events))).toBe("200");
  const known = new Set(before.map(({ _id }) => _id));
  const rows = (await storedEvents(ingress, { state: "quarantined" })).filter(
    ({ _id }) => !known.has(_id),
  );
  const count = (reasons: readonly (string | null)[]) =>
    Object.fromEntries(
      [...new Set(reasons)].map((one) => [one, reasons.filter((r) => r === one).length]),
    );
  expect(count(rows.map(({ reason }) => reason))).toEqual(
    count([...cases.map(([, reason]) => reason), ...Array<string>(4).fill("event_shape")]),
  );
  for (const row of rows) {
    expect(row).toMatchObject({ lineUserId: null, nextAt: null, profileId: null });
    expect(Object.keys(row.body)).toEqual(["bytes"]);
  }
});

it("stores an id once, and counts what contradicts it", async () => {
  const first = lineEvent({ message: { id: "1", type: "text", text: "first" } });
  const second = { ...first, message: { id: "1", type: "text", text: "second" } };
  const redelivered = { ...first, deliveryContext: { isRedelivery: true } };
  const before = await conflicts();
  expect(await verdict(postWebhook(ingress, channel, [first, first]))).toBe("200");
  expect(await verdict(postWebhook(ingress, channel, [redelivered]))).toBe("200");
  expect(await conflicts()).toBe(before);
  expect(await verdict(postWebhook(ingress, channel, [second]))).toBe("200");
  await expect.poll(conflicts, { timeout: 10_000 }).toBe(before + 1);
  const id = `${channel.id}/${String(first["webhookEventId"])}`;
  const rows = await storedEvents(ingress, { _id: id });
  expect(rows.map((row) => row.body["message"])).toEqual([
    { id: "1", type: "text", text: "first" },
  ]);
});

const conflicts = async (): Promise<number> => {
  const text = await metricsOf(ingress);
  const [, count] = /^yubin_ingress_event_conflicts_total\{[^}]*\} (\d+)$/m.exec(text) ?? [];
  return Number(count ?? 0);
};

it("tolerates what LINE may add, and stores none of it", async () => {
  const before = (await storedEvents(ingress)).length;
  const later = [
    { type: "things", webhookEventId: "T1", timestamp: Date.now() },
    { type: "someday", huge: "h".repeat(500_000) },
    { type: "__proto__" },
    { type: "constructor" },
  ];
  expect(await verdict(postWebhook(ingress, channel, later))).toBe("200");
  expect(await storedEvents(ingress)).toHaveLength(before);

  const event = lineEvent({
    newField: { deep: [1] },
    message: { id: "2", type: "hologram", beams: 3, text: "x" },
  });
  expect(await verdict(postWebhook(ingress, channel, [event]))).toBe("200");
  const [row] = await storedEvents(ingress, { eventId: event["webhookEventId"] });
  expect(row).toMatchObject({ state: "stored", body: { message: { id: "2", type: "hologram" } } });
  expect(JSON.stringify(row)).not.toMatch(/newField|beams|isRedelivery/);
});

it("records every kind of event, and names a person only where it may be linked", async () => {
  const user = `U${"1".repeat(32)}`;
  const source = { type: "user", userId: user };
  const members = { members: [source, { type: "user" }] };
  const kinds: [Record<string, unknown>, string | null][] = [
    [{ type: "follow", follow: { isUnblocked: false } }, user],
    [{ type: "unfollow" }, user],
    [{ type: "unsend", unsend: { messageId: "1" } }, user],
    [{ type: "postback", postback: { data: "a=1", params: { date: "2026-01-01" } } }, user],
    [{ type: "accountLink", link: { result: "ok", nonce: "n" } }, user],
    [{ type: "accountLink", link: { result: "failed", nonce: "n" }, source: undefined }, null],
    [{ type: "delivery", delivery: { data: "tag" }, source: undefined }, null],
    [{ type: "videoPlayComplete", videoPlayComplete: { trackingId: "t" } }, user],
    [{ type: "beacon", beacon: { hwid: "d41d8cd98f", type: "enter" } }, user],
    [{ type: "join", source: { type: "group", groupId: "C1" } }, null],
    [{ type: "leave", source: { type: "room", roomId: "R1" } }, null],
    [{ type: "memberJoined", joined: members, source: { type: "group", groupId: "C1" } }, null],
    [{ type: "memberLeft", left: members, source: { type: "group", groupId: "C1" } }, null],
    [{ type: "membership", membership: { type: "joined", membershipId: 3189 } }, user],
    [{ type: "messageEdited", message: { id: "1", type: "text", text: "b" } }, user],
    [{ type: "module", module: { type: "attached", botId: user, scopes: ["a"] } }, user],
    [{ type: "activated", chatControl: { expireAt: 1 }, source: undefined }, null],
    [{ type: "deactivated" }, user],
    [{ type: "botSuspended", source: undefined }, null],
    [{ type: "botResumed", source: undefined }, null],
    [{ mode: "standby" }, null],
    [{ source: { type: "group", groupId: "C1", userId: user } }, null],
    [{ source: { type: "user" } }, null],
    [{ source: { type: "user", userId: `LU${"2".repeat(32)}-${user}` } }, null],
    [{ source: { type: "galaxy", userId: 5 } }, null],
  ];
  const events = kinds.map(([over]) => lineEvent({ message: undefined, source, ...over }));
  for (const event of events)
    if (event["type"] === "message") event["message"] = { id: "1", type: "sticker" };
  expect(await verdict(postWebhook(ingress, channel, events))).toBe("200");
  for (const [at, [over, lineUserId]] of kinds.entries()) {
    const [row] = await storedEvents(ingress, { eventId: events[at]?.["webhookEventId"] });
    expect(row, JSON.stringify(over)).toMatchObject({ state: "stored", lineUserId });
    expect(row?.type).toBe(over["type"] ?? "message");
  }
});

it("keeps no nonce of account linking, only what it can be compared by", async () => {
  const event = lineEvent({
    type: "accountLink",
    message: undefined,
    link: { result: "ok", nonce: "a-nonce-4711" },
  });
  expect(await verdict(postWebhook(ingress, channel, [event]))).toBe("200");
  const [row] = await storedEvents(ingress, { eventId: event["webhookEventId"] });
  expect(row?.body["link"]).toEqual({ result: "ok", nonceHash: hashLinkSecret("a-nonce-4711") });
  expect(JSON.stringify(row)).not.toContain("a-nonce-4711");
  expect(ingress.logged.join("\n")).not.toContain("a-nonce-4711");
});

it("knows one method, and any content type", async () => {
  for (const method of ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const res = await fetch(`${ingress.url}/inbound/line`, { method });
    expect([method, res.headers.get("allow"), await verdict(res)]).toEqual([
      method,
      "POST",
      "405 method_not_allowed",
    ]);
  }
  const trace = await rawHttp(
    ingress.port,
    "TRACE /inbound/line HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
  );
  expect(trace.text).toMatch(/^HTTP\/1\.1 405 /);
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "x"])
    expect(
      await verdict(postWebhook(ingress, channel, [], { headers: { "content-type": type } })),
    ).toBe("200");
});

const smuggled: readonly (readonly [string, string, string])[] = [
  ["two lengths", lengths("2", "3") + "{}", "400 request_invalid"],
  ["one length twice", lengths("2", "2") + "{}", "400 request_invalid"],
  ["a list of lengths", lengths("2, 2") + "{}", "400 request_invalid"],
  ["a negative length", lengths("-1"), "400 request_invalid"],
  ["a length with a sign", lengths("+2") + "{}", "400 request_invalid"],
  ["a length in hex", lengths("0x2") + "{}", "400 request_invalid"],
  ["a length and a letter", lengths("2x") + "{}", "400 request_invalid"],
  ["a length past 64 bits", lengths("99999999999999999999"), "400 request_invalid"],
  ["a length and chunks", chunks("chunked", "content-length: 2") + "{}", "400 request_invalid"],
  ["chunks and more", chunks("chunked, identity") + "0\r\n\r\n", "400 request_invalid"],
  ["chunks without a size", chunks("chunked") + "zz\r\n", "400 request_invalid"],
  ["endless chunk extensions", `${chunks("chunked")}1;${"e".repeat(20_000)}`, "413 body_too_large"],
  [
    "a space in a header's name",
    headOf("/inbound/line", [unsigned, "bad header : x"]),
    "400 request_invalid",
  ],
  [
    "a folded header",
    headOf("/inbound/line", [unsigned, "x: a\r\n b", "content-length: 0"]),
    "400 request_invalid",
  ],
  [
    "bare line feeds",
    "POST /inbound/line HTTP/1.1\nhost: x\ncontent-length: 0\n\n",
    "400 request_invalid",
  ],
  [
    "a bare line feed among others",
    "POST /inbound/line HTTP/1.1\r\nhost: x\ncontent-length: 0\r\n\r\n",
    "400 request_invalid",
  ],
  ["no version that is", "POST /inbound/line HTTP/9.9\r\nhost: x\r\n\r\n", "400 request_invalid"],
  ["no host", "POST /inbound/line HTTP/1.1\r\ncontent-length: 0\r\n\r\n", "400 request_invalid"],
  ["a NUL", headOf("/inbound/line", ["x-line-signature: a\0b"]), "400 request_invalid"],
  ["an endless path", headOf(`/inbound/line?${"q".repeat(20_000)}`, []), "431 header_too_large"],
  [
    "ten thousand headers",
    headOf(
      "/inbound/line",
      Array.from({ length: 10_000 }, (_, at) => `x-${at}: y`),
    ),
    "431 header_too_large",
  ],
  ["a request for a tunnel", "CONNECT a:1 HTTP/1.1\r\nhost: x\r\n\r\n", "405 method_not_allowed"],
  [
    "two hosts",
    "POST /inbound/line HTTP/1.1\r\nhost: x\r\nhost: y\r\ncontent-length: 0\r\n\r\n",
    "400 request_invalid",
  ],
  ["a greeting in TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400 request_invalid"],
];

it.each(smuggled)(
  "closes on %s, and says so in the contract's shape",
  async (_what, bytes, expected) => {
    const before = ingress.logged.length;
    // What follows on the same connection must never be taken for a request of its own.
    const hidden = headOf("/v1/campaigns", ["content-length: 0"]);
    const answer = rawAnswer(await rawHttp(ingress.port, Buffer.from(bytes + hidden, "latin1")));
    expect(answer.verdict).toBe(expected);
    const lines = ingress.logged.slice(before);
    expect(lines.filter((line) => line.includes(answer.requestId))).toHaveLength(1);
    expect(lines.join("")).not.toContain("/v1/campaigns");
    expect(await verdict(postWebhook(ingress, channel, []))).toBe("200");
  },
);

it("passes over what a client expects, and asks for the signature all the same", async () => {
  for (const expectation of ["100-continue", "200-ok", "a, b"]) {
    const head = headOf("/inbound/line", [`expect: ${expectation}`, "content-length: 2"]);
    expect((await rawHttp(ingress.port, head)).text).toMatch(
      /HTTP\/1\.1 401 [^]*signature_missing/,
    );
  }
});

it("lets slow clients go and serves the others meanwhile", async () => {
  const startedAt = performance.now();
  const slow = rawHttp(ingress.port, "POST /inbound/line HTTP/1.1\r\nhost: x\r\n", {
    later: Array.from({ length: 20 }, (_, at) => ({
      afterMs: at * 1_000,
      bytes: `x-${at}: y\r\n`,
    })),
    timeoutMs: 30_000,
  });
  const silent = rawHttp(ingress.port, "", { timeoutMs: 30_000 });
  const drip = rawHttp(ingress.port, headOf("/inbound/line", [unsigned, "content-length: 100"]), {
    later: Array.from({ length: 60 }, (_, at) => ({ afterMs: at * 1_000, bytes: "x" })),
    timeoutMs: 30_000,
  });
  const crowd = Array.from({ length: 2_000 }, () => connect(ingress.port, "127.0.0.1"));
  for (const socket of crowd) socket.on("error", () => undefined);
  try {
    await Promise.all(crowd.map((socket) => once(socket, "connect")));
    while (performance.now() - startedAt < 8_000)
      expect(await verdict(postWebhook(ingress, channel, [lineEvent()]))).toBe("200");
    const dripped = await drip;
    expect(rawAnswer(dripped).verdict).toBe("408 body_timeout");
    expect(dripped.elapsedMs).toBeGreaterThan(4_500);
    for (const late of [await slow, await silent]) {
      expect(rawAnswer(late).verdict).toBe("408 body_timeout");
      expect(late.elapsedMs).toBeGreaterThan(9_000);
    }
  } finally {
    for (const socket of crowd) socket.destroy();
  }
});

it("survives bodies made to cost", async () => {
  const keys = Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`k${at}`, at]));
  const many = JSON.stringify({ destination: channel.botUserId, events: [], ...keys });
  expect(await verdict(postWebhook(ingress, channel, many))).toBe("200");
  const polluted = `{"destination":"${channel.botUserId}","events":[],"__proto__":{"x":1}}`;
  expect(await verdict(postWebhook(ingress, channel, polluted))).toBe("200");
  expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  const odd = `{"destination":"${channel.botUserId}","events":[${JSON.stringify(
    lineEvent({ webhookEventId: "ODD1" }),
  ).replace("hello", "\\ud800\\u0000\\u202e")}]}`;
  expect(await verdict(postWebhook(ingress, channel, odd))).toBe("200");
  expect(await storedEvents(ingress, { eventId: "ODD1", state: "stored" })).toHaveLength(1);
});

it("logs no text, no token and no signature", async () => {
  const secretText = "do-not-log-me-4711";
  const event = lineEvent({
    replyToken: "reply-token-4711",
    message: { id: "9", type: "text", text: secretText },
  });
  expect(await verdict(postWebhook(ingress, channel, [event]))).toBe("200");
  const lines = ingress.logged.join("\n");
  expect(lines).toContain("/inbound/line");
  expect(lines).not.toMatch(/do-not-log-me|reply-token-4711|x-line-signature/);
  expect(lines).not.toContain(channel.secret);
});
