import { describe, expect, it } from "vitest";
import { faultKinds } from "../src/index.ts";
import type { FaultKind, FaultRule } from "../src/index.ts";
import { setup } from "./setup.ts";
import type { Setup } from "./setup.ts";

/** What a caller sees of each fault, and whether the message went out all the same. */
const effects: Record<FaultKind, { seen: string; accepted: boolean; rule?: Partial<FaultRule> }> = {
  resetBefore: { seen: "ECONNRESET", accepted: false },
  resetAfterAccept: { seen: "ECONNRESET", accepted: true },
  error500Before: { seen: "500 json", accepted: false },
  error500AfterAccept: { seen: "500 json", accepted: true },
  hangBefore: { seen: "UND_ERR_SOCKET", accepted: false, rule: { hangMs: 50 } },
  hang: { seen: "UND_ERR_SOCKET", accepted: true, rule: { hangMs: 50 } },
  rate429: { seen: "429 json", accepted: false },
  slow: { seen: "200 json", accepted: true, rule: { latencyMs: 50 } },
  garbage200: { seen: "200 html", accepted: true },
  hugeBody: { seen: "200 huge", accepted: true },
  redirect302: { seen: "302 empty", accepted: false },
};

describe("each fault shows as what it is", () => {
  it.each(faultKinds)("%s", async (kind) => {
    await using world = await setup();
    const { seen, accepted, rule } = effects[kind];
    world.simulator.faults.next({ kind, endpoint: "push", ...rule });
    expect(await look(world)).toBe(seen);
    expect(world.simulator.ledger.summary()).toMatchObject({
      accepted: accepted ? 1 : 0,
      faults: { [kind]: 1 },
    });
    expect(await look(world)).toBe("200 json");
  });
});

it("keeps the connection open for as long as it hangs", async () => {
  await using world = await setup();
  world.simulator.faults.next({ kind: "hang", hangMs: 300 });
  const startedMs = performance.now();
  await look(world);
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(295);
});

it("answers later by the latency asked for", async () => {
  await using world = await setup({ latencyMs: [40, 60] });
  world.simulator.faults.next({ kind: "slow", latencyMs: 200 });
  const startedMs = performance.now();
  await look(world);
  const slowMs = performance.now() - startedMs;
  await look(world);
  const normalMs = performance.now() - startedMs - slowMs;
  expect(slowMs).toBeGreaterThanOrEqual(238);
  expect(normalMs).toBeGreaterThanOrEqual(38);
});

it("answers a retry 409 once the first attempt was accepted and lost", async () => {
  await using world = await setup();
  const retryKey = crypto.randomUUID();
  world.simulator.faults.next({ kind: "resetAfterAccept" });
  await expect(world.push(world.friends[0], "[[m]]", retryKey)).rejects.toThrow("fetch failed");
  expect((await world.push(world.friends[0], "[[m]]", retryKey)).status).toBe(409);
  expect(world.simulator.ledger.recipients("m").get(world.friends[0])).toBe(1);
});

it.each([
  ["resetBefore", 200],
  ["error500Before", 200],
  ["resetAfterAccept", 400],
  ["error500AfterAccept", 400],
] as const)("after %s of a reply its token is good for a %d", async (kind, status) => {
  await using world = await setup();
  const { simulator, channel, friends } = world;
  const { replyToken } = simulator.say(channel.channelId, friends[0], "hi");
  const messages = [{ type: "text", text: "[[r]]" }];
  const reply = () => world.post("/v2/bot/message/reply", { replyToken, messages });
  simulator.faults.next({ kind, endpoint: "reply" });
  const first = await reply().catch(() => undefined);
  expect(first?.status).toBe(kind.startsWith("reset") ? undefined : 500);
  const again = await reply();
  expect(again.status).toBe(status);
  expect(again.json["message"]).toBe(status === 400 ? "Invalid reply token" : undefined);
  expect(simulator.ledger.recipients("r").get(friends[0])).toBe(1);
  expect(simulator.ledger.requests().map(({ endpoint }) => endpoint)).toEqual(["reply"]);
});

it("leaves a refusal as it is when the fault would strike after acceptance", async () => {
  await using world = await setup();
  world.simulator.faults.next({ kind: "garbage200" });
  expect((await world.push(world.friends[0], "")).status).toBe(400);
});

it("replays the same faults for a seed, in whatever order and company the requests come", async () => {
  const sequential = await outcomes(11, "one by one");
  expect(sequential.some((one) => one !== "200 json")).toBe(true);
  expect(new Set(sequential).size).toBeGreaterThan(3);
  expect(await outcomes(11, "all at once, backwards")).toEqual(sequential);
  expect(await outcomes(12, "one by one")).not.toEqual(sequential);
});

/** Sends 40 different messages and tells what came of each, in the order of the messages. */
async function outcomes(seed: number, way: string): Promise<string[]> {
  await using world = await setup({ seed });
  world.simulator.faults.set([
    { kind: "resetBefore", endpoint: "validate", rate: 0.1 },
    { kind: "error500Before", endpoint: "validate", rate: 0.1 },
    { kind: "garbage200", endpoint: "validate", rate: 0.1 },
    { kind: "rate429", endpoint: "validate", rate: 0.1 },
  ]);
  const numbers = Array.from({ length: 40 }, (_, n) => n);
  const send = (n: number): Promise<string> =>
    look(world, `/v2/bot/message/validate/push`, `m${n}`);
  if (way === "one by one") {
    const results: string[] = [];
    for (const n of numbers) results.push(await send(n));
    return results;
  }
  const backwards = await Promise.all(numbers.toReversed().map(send));
  return backwards.toReversed();
}

/** Sends a message and says in two words what came of it. */
async function look(world: Setup, path = "/v2/bot/message/push", text = "x"): Promise<string> {
  const body = { to: world.friends[0], messages: [{ type: "text", text }] };
  try {
    const { status, text: answer, headers } = await world.post(path, body);
    if (answer.length > 1_000_000) return `${status} huge`;
    if (answer === "") return `${status} empty`;
    return `${status} ${headers.get("content-type")?.split("/")[1] ?? ""}`;
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    return cause?.code ?? String(error);
  }
}
