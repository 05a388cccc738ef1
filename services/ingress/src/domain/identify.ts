import { Failure } from "@yubin/errors";
import { checkAttributes, checkEmail, type IdentifyRequest, type ValueProblem } from "@yubin/types";

import type { InboundEvent } from "./inbound-event.ts";
import {
  namesOf,
  namesProblem,
  occurredAtOf,
  trackedEvent,
  type FactPlace,
} from "./tracked-event.ts";

/** What an identify call says, as an event to store. Fails where it cannot be about one person. */
export const identifyEvent = (request: IdentifyRequest, place: FactPlace): InboundEvent => {
  refuseProofs(request.context?.line);
  const problem = identifyProblem(request);
  if (problem) throw new Failure(problem.code, problem.message, { field: problem.field });
  const line = request.context?.line;
  if (request.userId === undefined && request.anonymousId === undefined && !line?.userId)
    throw new Failure("request_invalid", "needs userId, anonymousId or context.line.userId");

  const occurredAt = occurredAtOf(request, place.receivedAt);
  const body = {
    ...namesOf(request),
    ...(request.traits ? { traits: request.traits } : {}),
    ...(line ? { context: { line } } : {}),
  };
  return trackedEvent(
    { type: "identify", names: request, occurredAt, lineUserId: line?.userId ?? null, body },
    place,
  );
};

/** Refused and not passed over: who gives a proof must not believe that it was looked at. Nothing of it is kept. */
const refuseProofs = (line: NonNullable<IdentifyRequest["context"]>["line"]): void => {
  const kind = (["idToken", "linkToken"] as const).find((one) => line?.[one] !== undefined);
  if (kind !== undefined)
    throw new Failure(
      "proof_unsupported",
      "the only proof taken here is an API key of the server that names context.line.userId",
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
