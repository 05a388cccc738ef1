import { rateExceeded, refusal } from "./answer.ts";
import type { Answer } from "./answer.ts";
import type { FaultKind, FaultRule } from "./faults.ts";
import { sendAnswer } from "./send-answer.ts";
import type { Pending } from "./send-answer.ts";

/** Whether the fault strikes before LINE looks at the request, so that nothing is accepted. */
export const isBefore = (fault: FaultRule): boolean => befores.has(fault.kind);

/** Answers wrongly, late, or not at all. `answer` is what LINE would have said; undefined before it looked. */
export function applyFault(pending: Pending, fault: FaultRule, answer: Answer | undefined): void {
  switch (fault.kind) {
    case "resetBefore":
    case "resetAfterAccept":
      reset(pending);
      break;
    case "error500Before":
    case "error500AfterAccept":
      sendAnswer(pending, internalError);
      break;
    case "hangBefore":
    case "hang":
      hang(pending, fault.hangMs ?? hangDefaultMs);
      break;
    case "rate429":
      sendAnswer(pending, rateExceeded);
      break;
    case "slow":
      sendAnswer(pending, answer ?? internalError, fault.latencyMs ?? latencyDefaultMs);
      break;
    case "garbage200":
      sendAnswer(pending, { status: 200, body: garbage, contentType: "text/html" });
      break;
    case "hugeBody":
      sendAnswer(pending, { status: 200, body: hugeBody() });
      break;
    case "redirect302":
      sendAnswer(pending, { status: 302, body: "", headers: { location: "/redirected" } });
      break;
  }
}

const hangDefaultMs = 30_000;
const latencyDefaultMs = 1_000;
const hugeBodyBytes = 8 * 1_024 * 1_024;
const internalError = refusal(500, "Internal server error");
const garbage = "<!doctype html><title>502</title><h1>Bad gateway</h1>";

const befores: ReadonlySet<FaultKind> = new Set<FaultKind>([
  "resetBefore",
  "error500Before",
  "hangBefore",
  "rate429",
  "redirect302",
]);

function reset({ world, res, counted }: Pending): void {
  if (counted) world.ledger.answered(counted.channelId, counted.endpoint, "reset");
  res.socket?.resetAndDestroy();
}

function hang({ world, res, counted }: Pending, hangMs: number): void {
  if (counted) world.ledger.answered(counted.channelId, counted.endpoint, "hung");
  const timer = setTimeout(() => res.destroy(), hangMs);
  res.on("close", () => clearTimeout(timer));
}

const hugeBody = (): string =>
  JSON.stringify({ sentMessages: [], padding: "x".repeat(hugeBodyBytes) });
