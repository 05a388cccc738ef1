import { Failure } from "@yubin/errors";
import {
  canonicalId,
  checkAttributes,
  checkIdentifier,
  checkText,
  type TrackFact,
  type TrackKind,
  type TrackRequest,
  type ValueProblem,
} from "@yubin/types";

import type { InboundEvent } from "./inbound-event.ts";
import {
  namesOf,
  namesProblem,
  occurredAtOf,
  trackedEvent,
  type FactNames,
  type FactPlace,
} from "./tracked-event.ts";

/** The calls that tell what somebody did. */
export type CallKind = Exclude<TrackKind, "identify">;

/** What such a call says, as an event to store. */
export const trackCallEvent = <Kind extends CallKind>(
  kind: Kind,
  request: TrackRequest<Kind>,
  place: FactPlace,
): InboundEvent => {
  const { check, fact } = calls[kind];
  const names: FactNames = request;
  const problem = namesProblem(names) ?? check(request);
  if (problem) throw new Failure(problem.code, problem.message, { field: problem.field });
  return trackedEvent(
    {
      type: kind,
      names,
      occurredAt: occurredAtOf(names, place.receivedAt),
      lineUserId: null,
      body: fact(request),
    },
    place,
  );
};

/** Whether a call says whom it is about; one about nobody is only recorded. */
export const refuseNobody = ({ userId, anonymousId }: FactNames): void => {
  if (userId === undefined && anonymousId === undefined)
    throw new Failure("request_invalid", "needs userId or anonymousId");
};

type Calls = {
  readonly [Kind in CallKind]: {
    check(request: TrackRequest<Kind>): ValueProblem | undefined;
    fact(request: TrackRequest<Kind>): TrackFact<Kind>;
  };
};

const view = {
  check: ({ name, category, properties }: TrackRequest<"page" | "screen">) =>
    textProblem(name, "name") ??
    textProblem(category, "category") ??
    valuesProblem(properties, "properties"),
  fact: ({ name, category, properties, ...names }: TrackRequest<"page" | "screen">) => ({
    ...namesOf(names),
    ...(name === undefined ? {} : { name }),
    ...(category === undefined ? {} : { category }),
    ...(properties ? { properties } : {}),
  }),
};

const calls: Calls = {
  track: {
    check: ({ event, properties }) =>
      textProblem(event, "event") ?? valuesProblem(properties, "properties"),
    fact: ({ event, properties, ...names }) => ({
      ...namesOf(names),
      event,
      ...(properties ? { properties } : {}),
    }),
  },
  page: view,
  screen: view,
  group: {
    check: ({ groupId, traits }) =>
      textProblem(groupId, "groupId") ?? valuesProblem(traits, "traits"),
    fact: ({ groupId, traits, ...names }) => ({
      ...namesOf(names),
      groupId: canonicalId(groupId),
      ...(traits ? { traits } : {}),
    }),
  },
  alias: {
    check: ({ previousId }) => checkIdentifier(previousId, "previousId"),
    fact: ({ previousId, userId }) => ({
      previousId: canonicalId(previousId),
      userId: canonicalId(userId),
    }),
  },
};

const textProblem = (text: string | undefined, field: string): ValueProblem | undefined =>
  text === undefined ? undefined : checkText(text, field);

const valuesProblem = (
  values: Readonly<Record<string, unknown>> | undefined,
  field: string,
): ValueProblem | undefined => (values ? checkAttributes(values, field) : undefined);
