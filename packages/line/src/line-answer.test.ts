import { describe, expect, it } from "vitest";

import { answerOf, complaintsOf } from "./line-answer.ts";

const reply = (status: number, body?: string, headers: Record<string, string> = {}) =>
  answerOf({ status, headers, body });

describe("LINE's answer", () => {
  it("of 200 is acceptance, with the ids as they were written", () => {
    const body = '{"sentMessages":[{"id":"461230966842064897","quoteToken":"IStG5h"}]}';
    expect(reply(200, body, { "x-line-request-id": "r1" })).toEqual({
      kind: "accepted",
      requestId: "r1",
      sentMessageIds: ["461230966842064897"],
      repeated: false,
    });
  });

  it("keeps every digit of ids written as numbers", () => {
    const body = '{"sentMessages":[{"id":461230966842064897},{"id": 9007199254740993}]}';
    expect(reply(200, body)).toMatchObject({
      sentMessageIds: ["461230966842064897", "9007199254740993"],
    });
  });

  it.each([
    ["{}"],
    [""],
    ["<html>it works</html>"],
    ['{"sentMessages":{"id":"1"}}'],
    ['{"sentMessages":[null,7,{"id":null},{"__proto__":{"id":"1"}}]}'],
    ["[".repeat(50_000)],
    [undefined],
  ])("of 200 is acceptance, whatever the body is (%#)", (body) => {
    expect(reply(200, body)).toEqual({
      kind: "accepted",
      requestId: null,
      sentMessageIds: [],
      repeated: false,
    });
  });

  it("of 409 is acceptance of the earlier request, also without its messages", () => {
    const headers = { "x-line-request-id": "second", "x-line-accepted-request-id": "first" };
    const body = '{"message":"The retry key is already accepted","sentMessages":[{"id":"1"}]}';
    const repeated = { kind: "accepted", requestId: "first", repeated: true };
    expect(reply(409, body, headers)).toEqual({ ...repeated, sentMessageIds: ["1"] });
    expect(reply(409, undefined, headers)).toEqual({ ...repeated, sentMessageIds: [] });
  });

  it("of 409 is a refusal of what had no retry key, such as a reply", () => {
    const answer = answerOf({ status: 409, headers: {}, body: "{}", hasRetryKey: false });
    expect(answer).toMatchObject({ kind: "refused", status: 409 });
  });

  it("of 429 is told apart by its text", () => {
    expect(reply(429, '{"message":"You have reached your monthly limit."}')).toEqual({
      kind: "quota_exhausted",
    });
    const rate = '{"message":"The API rate limit has been exceeded. Try again later."}';
    expect(reply(429, rate)).toEqual({ kind: "rate_limited" });
    expect(reply(429, undefined)).toEqual({ kind: "rate_limited" });
  });

  it.each([400, 404, 405, 410, 413, 415, 422])("of %i is a refusal", (status) => {
    const body =
      '{"message":"The request body has 1 error(s)","details":[{"message":"May not be empty","property":"messages[0].text"}]}';
    expect(reply(status, body, { "x-line-request-id": "r1" })).toEqual({
      kind: "refused",
      status,
      requestId: "r1",
      message: "The request body has 1 error(s): May not be empty",
      property: "messages[0].text",
    });
  });

  it.each([
    [401, { kind: "unauthorized" }],
    [403, { kind: "forbidden" }],
    [302, { kind: "unknown", reason: "redirect" }],
    [304, { kind: "unknown", reason: "redirect" }],
    [408, { kind: "unknown", reason: "timeout" }],
    [500, { kind: "unknown", reason: "http_5xx" }],
    [503, { kind: "unknown", reason: "http_5xx" }],
    [102, { kind: "unknown", reason: "protocol" }],
  ])("of %i is %o", (status, answer) => {
    expect(reply(status, "{}")).toEqual(answer);
  });

  it("of a refusal is cut to a length that can be kept", () => {
    const [complaint] = complaintsOf(JSON.stringify({ message: "x".repeat(60_000) }));
    expect(complaint?.message).toHaveLength(300);
  });
});
