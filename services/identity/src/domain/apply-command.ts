import {
  aliasKey,
  checkEmail,
  personCommands,
  type AliasName,
  type CommandBody,
} from "@yubin/types";

import type { Draft } from "./draft.ts";
import type { EventReason, InboxEvent } from "./inbox-event.ts";
import { hasRoomFor, personEffects, type PersonEffect } from "./person-effects.ts";
import type { Profile } from "./profile.ts";

/** The names that a command would give. */
export const commandAliasKeys = (event: InboxEvent): string[] => {
  const alias = emailIn(readCommand(event));
  return alias ? [aliasKey(event.workspaceId, alias)] : [];
};

/** Does what an operator or a caller asked to be done to a person: to the survivor, where the profile is merged. */
export const applyCommand = (draft: Draft, event: InboxEvent): void => {
  if (!Object.hasOwn(personEffects, event.type))
    return draft.end({ event, state: "ignored", reason: "type_unknown", profileId: null });
  const command = readCommand(event);
  if (!command)
    return draft.end({ event, state: "quarantined", reason: "event_shape", profileId: null });

  const { profileId } = command.body;
  const ignored = (reason: EventReason): void =>
    draft.end({ event, state: "ignored", reason, profileId });
  const profile = draft.live(profileId).profile;
  if (!profile) return ignored("profile_unknown");
  if (profile.erasedAt !== null) return ignored("profile_erased");

  const { next, isWhole } = done(profile, command, event.occurredAt);
  draft.put(next);
  claimEmail(draft, command, event);
  const reason = isWhole ? null : "limit_exceeded";
  draft.end({ event, state: "applied", reason, profileId });
};

type Command<Type extends PersonEffect = PersonEffect> = {
  readonly [One in Type]: { readonly type: One; readonly body: CommandBody<One> };
}[Type];

const readCommand = ({ source, type, body }: InboxEvent): Command | undefined => {
  if (source !== "api") return undefined;
  switch (type) {
    case "patch": {
      const parsed = personCommands.patch.safeParse(body);
      return parsed.success ? { type, body: parsed.data } : undefined;
    }
    case "consent": {
      const parsed = personCommands.consent.safeParse(body);
      return parsed.success ? { type, body: parsed.data } : undefined;
    }
    case "suppress": {
      const parsed = personCommands.suppress.safeParse(body);
      return parsed.success ? { type, body: parsed.data } : undefined;
    }
    default:
      return undefined;
  }
};

const done = <Type extends PersonEffect>(
  profile: Profile,
  { type, body }: Command<Type>,
  at: Date,
): { readonly next: Profile; readonly isWhole: boolean } => ({
  next: personEffects[type](profile, body, at),
  isWhole: hasRoomFor[type](profile, body, at),
});

const emailIn = (command: Command | undefined): AliasName | undefined => {
  const email = command?.type === "patch" ? command.body.traits["email"] : undefined;
  if (typeof email !== "string" || checkEmail(email, "email")) return undefined;
  return { kind: "email", value: email.toLowerCase() };
};

/** As in an identify call: an address is a name where it is free, and only of whom has it now. */
const claimEmail = (draft: Draft, command: Command, event: InboxEvent): void => {
  const alias = emailIn(command);
  if (!alias || command.type !== "patch") return;
  const { profileId, traits } = command.body;
  if (draft.live(profileId).profile?.traits["email"] !== traits["email"]) return;
  if (draft.ownerOf(event.workspaceId, alias)) return;
  draft.claim(alias, { homeId: profileId, proof: "trait", event });
};
