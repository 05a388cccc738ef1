import { Failure } from "@yubin/errors";
import { checkAttributes, checkEmail, type IdentifyRequest, type ValueProblem } from "@yubin/types";

import type { InboundEvent } from "./inbound-event.ts";
import type { ProvenLine } from "./prove-identify.ts";
import {
  namesOf,
  namesProblem,
  occurredAtOf,
  trackedEvent,
  type FactPlace,
} from "./tracked-event.ts";

/**
 * What an identify call says, as an event to store. Fails where it cannot be about one person, and where it brings a
 * proof that nobody has looked at.
 */
export const identifyEvent = (
  request: IdentifyRequest,
  place: FactPlace,
  proven?: ProvenLine,
): InboundEvent => {
  if (!proven) refuseProofs(request.context?.line);
  const occurredAt = checkIdentify(request, place.receivedAt);
  const line = proven
    ? { provider: proven.provider, userId: proven.lineUserId }
    : request.context?.line;
  if (request.userId === undefined && request.anonymousId === undefined && !line?.userId)
    throw new Failure("request_invalid", "needs userId, anonymousId or context.line.userId");

  const names = { ...request, messageId: proven?.eventId ?? request.messageId };
  const body = {
    ...namesOf(request),
    ...(request.traits ? { traits: request.traits } : {}),
    ...(line ? { context: { line } } : {}),
    ...(proven ? { proof: proven.kind } : {}),
  };
  return trackedEvent(
    { type: "identify", names, occurredAt, lineUserId: line?.userId ?? null, body },
    place,
  );
};

/** When it happened. Fails where anything but who is meant is wrong with the call. */
export const checkIdentify = (request: IdentifyRequest, receivedAt: Date): Date => {
  const problem = identifyProblem(request);
  if (problem) throw new Failure(problem.code, problem.message, { field: problem.field });
  return occurredAtOf(request, receivedAt);
};

/** Refused and not passed over: who gives a proof must not believe that it was looked at. Nothing of it is kept. */
const refuseProofs = (line: NonNullable<IdentifyRequest["context"]>["line"]): void => {
  const kind = (["idToken", "linkToken"] as const).find((one) => line?.[one] !== undefined);
  if (kind !== undefined)
    throw new Failure(
      "proof_unsupported",
      "a proof is taken by POST /v1/identify and POST /v1/line-links/verify, one at a time",
      { field: `context.line.${kind}` },
    );
};

const identifyProblem = (request: IdentifyRequest): ValueProblem | undefined => {
  const { traits } = request;
  return (
    namesProblem(request) ??
    (traits ? (emailProblem(traits["email"]) ?? checkAttributes(traits, "traits")) : undefined)
  );
};

/** An e-mail address as a trait: absent, null, or one. */
export const emailProblem = (email: unknown): ValueProblem | undefined => {
  if (email === undefined || email === null) return undefined;
  return typeof email === "string"
    ? checkEmail(email, "traits.email")
    : { code: "type_invalid", field: "traits.email", message: "must be of type string" };
};
