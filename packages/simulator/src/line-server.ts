import type { IncomingMessage, ServerResponse } from "node:http";
import * as answers from "./answer.ts";
import type { Answer } from "./answer.ts";
import type { Channel } from "./channels.ts";
import { applyFault, isBefore } from "./fault-effects.ts";
import type { FaultRule } from "./faults.ts";
import { isObject } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { LineRoute } from "./line-call.ts";
import { matchRoute } from "./line-router.ts";
import type { RouteMatch } from "./line-router.ts";
import { hashBytes, hash32 } from "./random.ts";
import { readBody } from "./read-body.ts";
import { isRetryKey } from "./retry-keys.ts";
import { sendAnswer } from "./send-answer.ts";
import type { World } from "./world.ts";

const noQuery = new URLSearchParams();

/** One request on its way through LINE's checks. */
interface Exchange {
  readonly world: World;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly requestId: string;
  readonly query: URLSearchParams;
}

/**
 * Answers as api.line.me, api-data.line.me and the token endpoints do. Order of the checks: path, size, token,
 * rate, fault, headers, body, and then the rules of the endpoint. Nothing before those leaves a trace at LINE.
 */
export function createLineServer(currentWorld: () => World) {
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const world = currentWorld();
    const [path, search] = splitUrl(req.url ?? "/");
    const query = search === "" ? noQuery : new URLSearchParams(search);
    const exchange = { world, req, res, requestId: world.ids.requestId(), query };
    const match = matchRoute(req.method ?? "GET", path);
    const raw = await readBody(req);
    if (raw === "aborted") return;
    if (raw === "tooLarge") sendAnswer(exchange, answers.bodyTooLarge);
    else if (!match) sendAnswer(exchange, answers.notFound);
    else if (match.route.auth === "none") answerOauth(exchange, match, raw);
    else await answerLine(exchange, { route: match.route, params: match.params, raw });
  };
}

function answerOauth(exchange: Exchange, { route }: RouteMatch, raw: Buffer): void {
  if (route.auth !== "none") return;
  const { world, query, req } = exchange;
  const { authorization } = req.headers;
  const form = new URLSearchParams(raw.toString("utf8"));
  sendAnswer(exchange, route.answer({ world, query, form, authorization }));
}

interface Target {
  readonly route: LineRoute;
  readonly params: readonly string[];
  readonly raw: Buffer;
}

async function answerLine(exchange: Exchange, target: Target): Promise<void> {
  const { world, req } = exchange;
  const { endpoint } = target.route;
  const channel = channelOf(world, req.headers.authorization);
  if (!channel) {
    sendAnswer(exchange, answers.unauthenticated);
    return;
  }
  world.ledger.attempted(channel.channelId, endpoint);
  const counted = { ...exchange, counted: { channelId: channel.channelId, endpoint } };
  if (!world.buckets.take(channel, endpoint)) {
    sendAnswer(counted, answers.rateExceeded);
    return;
  }
  const bodyHash = target.raw.length > 0 ? hashBytes(target.raw) : 0;
  const fault = faultOf(exchange, { channel, endpoint, bodyHash });
  if (fault && isBefore(fault)) {
    applyFault(counted, fault, undefined);
    return;
  }
  const answer = await answerOf(exchange, target, { channel, bodyHash });
  // What went wrong after acceptance can only go wrong where something was accepted.
  if (fault && (answer.status < 300 || answer.status === 409)) applyFault(counted, fault, answer);
  else sendAnswer(counted, answer);
}

interface Caller {
  readonly channel: Channel;
  readonly bodyHash: number;
}

function answerOf(
  { world, req, requestId, query }: Exchange,
  { route, params, raw }: Target,
  { channel, bodyHash }: Caller,
): Answer | Promise<Answer> {
  const retryKey = req.headers["x-line-retry-key"];
  if (retryKey !== undefined) {
    if (!route.retryKey) return answers.retryKeyNotAllowed;
    if (typeof retryKey !== "string" || !isRetryKey(retryKey)) return answers.retryKeyMalformed;
  }
  let body: JsonObject = {};
  if (route.json) {
    const read = jsonOf(req.headers["content-type"], raw);
    if ("refused" in read) return read.refused;
    ({ body } = read);
  }
  return route.answer({
    world,
    channel,
    requestId,
    path: splitUrl(req.url ?? "/")[0],
    headers: req.headers,
    params,
    query,
    body,
    bodyHash,
    retryKey,
  });
}

function jsonOf(
  contentType: string | undefined,
  raw: Buffer,
): { body: JsonObject } | { refused: Answer } {
  if (!/^application\/json\b/i.test(contentType ?? "")) {
    const shown = contentType ?? "none";
    return { refused: answers.refusal(415, `The content type, ${shown}, is not supported`) };
  }
  try {
    const body: unknown = JSON.parse(raw.toString("utf8"));
    if (isObject(body)) return { body };
  } catch {
    // Answered below, as anything else that is no object.
  }
  return { refused: answers.refusal(400, "The request body could not be parsed as JSON") };
}

function channelOf(world: World, authorization: string | undefined): Channel | undefined {
  if (!authorization?.startsWith("Bearer ")) return undefined;
  const issued = world.tokens.find(authorization.slice("Bearer ".length));
  return issued && world.channels.find(issued.channelId);
}

function faultOf(
  { world, req }: Exchange,
  subject: { channel: Channel; endpoint: LineRoute["endpoint"]; bodyHash: number },
): FaultRule | undefined {
  const { channel, endpoint, bodyHash } = subject;
  if (world.faults.isIdle()) return undefined;
  const contentHash = hash32(req.url ?? "", bodyHash);
  const fault = world.faults.choose({ channelId: channel.channelId, endpoint, contentHash });
  if (fault) world.ledger.faulted(channel.channelId, fault.kind);
  return fault;
}

function splitUrl(url: string): [string, string] {
  const mark = url.indexOf("?");
  return mark < 0 ? [url, ""] : [url.slice(0, mark), url.slice(mark + 1)];
}
