import { aliasKey, personCommands, type CommandBody } from "@yubin/types";

import type { Draft } from "./draft.ts";
import type { EventReason, InboxEvent } from "./inbox-event.ts";
import { addressIn, keepAddress } from "./keep-address.ts";
import { hasRoomFor, personEffects, type PersonEffect } from "./person-effects.ts";
import type { Profile } from "./profile.ts";

/** The names that a command would give. */
export const commandAliasKeys = (event: InboxEvent): string[] => {
  const command = readCommand(event);
  const alias = command?.type === "patch" ? addressIn(command.body.traits) : undefined;
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
  if (command.type === "patch" && Object.hasOwn(command.body.traits, "email"))
    keepAddress(draft, { before: profile, after: next, homeId: profileId, event });
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
