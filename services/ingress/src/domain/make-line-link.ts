import { randomBytes } from "node:crypto";
import { Failure } from "@yubin/errors";
import {
  hashLinkSecret,
  newId,
  parseProfileRef,
  type LineLinkRequest,
  type LinkVia,
  type ProfileRef,
} from "@yubin/types";

import { newNonce, dialogUrl } from "./account-link.ts";
import type { Channels } from "./channel.ts";
import type { LineLink, LineLinks } from "./line-link.ts";
import { linkChannel } from "./link-channel.ts";
import type { Profiles } from "./profile.ts";

export interface MakeLineLinkDeps {
  readonly channels: Channels;
  readonly profiles: Profiles;
  readonly lineLinks: LineLinks;
  /** Where LINE's dialogs are. */
  readonly lineAccessUrl: string;
  readonly now: () => Date;
}

export interface MadeLineLink {
  readonly link: LineLink;
  /** The secret in the link's URL; stored as a hash. */
  readonly token: string;
  /** Where to send a person whom the caller has logged in. */
  readonly redirectUrl: string | undefined;
  /** The business, as people know it. */
  readonly business: string;
}

const standardSeconds = 900;
const tokenBytes = 24;
/** Later than LINE redelivers, and an answer to "what became of it" for a week. */
const keptMs = 8 * 86_400_000;

/** Makes a one-time link for a known person. */
export const makeLineLink = async (
  deps: MakeLineLinkDeps,
  request: LineLinkRequest,
  { workspaceId, ref }: { readonly workspaceId: string; readonly ref: string },
): Promise<MadeLineLink> => {
  const named = whoIsMeant(request, ref);
  const via = viaOf(request, named.lineUserId);
  const channel = await linkChannel(deps.channels, workspaceId, {
    provider: named.provider,
    channelId: request.channelId,
  });
  const home = await deps.profiles.home(workspaceId, named.person);
  const at = named.field === undefined ? {} : { field: named.field };
  if (!home) throw new Failure("not_found", "no such person", at);
  if (home.isErased) throw new Failure("profile_erased", "the person asked to be forgotten", at);

  const now = deps.now();
  const token = randomBytes(tokenBytes).toString("base64url");
  const expiresAt = new Date(now.getTime() + (request.expiresInSeconds ?? standardSeconds) * 1_000);
  const nonce = request.linkToken === undefined ? undefined : newNonce();
  const link: LineLink = {
    id: newId("link"),
    workspaceId,
    tokenHash: hashLinkSecret(token),
    profileId: home.profileId,
    provider: channel.provider,
    channelId: channel.id,
    lineUserId: named.lineUserId ?? null,
    via,
    locale: request.locale ?? null,
    reason: null,
    codeHash: null,
    provedBy: null,
    provenAt: null,
    ...(nonce === undefined ? created : confirmed(nonce, now, expiresAt)),
    version: 1,
    createdAt: now,
    expiresAt,
    deleteAt: new Date(expiresAt.getTime() + keptMs),
  };
  await deps.lineLinks.insert(link);
  const { linkToken } = request;
  return {
    link,
    token,
    redirectUrl:
      nonce === undefined || linkToken === undefined
        ? undefined
        : dialogUrl(deps.lineAccessUrl, linkToken, nonce),
    business: channel.name,
  };
};

const created = {
  state: "created" as const,
  nonceHashes: [],
  secretsUntil: null,
  confirmations: 0,
  confirmedAt: null,
};

/** The caller's own page has logged the person in: that is the confirmation. */
const confirmed = (nonce: string, now: Date, expiresAt: Date) => ({
  state: "confirmed" as const,
  nonceHashes: [hashLinkSecret(nonce)],
  secretsUntil: expiresAt,
  confirmations: 1,
  confirmedAt: now,
});

interface Named {
  readonly person: ProfileRef;
  /** Of the body, where it names the person. */
  readonly field: string | undefined;
  readonly provider: string | undefined;
  readonly lineUserId: string | undefined;
}

/** The path names the person, or a LINE user whom `userId` says who they are. */
const whoIsMeant = (request: LineLinkRequest, text: string): Named => {
  const ref = parseProfileRef(text);
  if (!ref) throw new Failure("not_found", "no such person");
  const { lineUserId, provider, userId } = request;
  const isLine = ref.kind === "alias" && ref.alias.kind.startsWith("line/");
  if (!isLine) {
    if (userId !== undefined)
      throw new Failure("request_invalid", "the path names the person already", {
        field: "userId",
      });
    return { person: ref, field: undefined, provider, lineUserId };
  }
  const ofRef = { provider: ref.alias.kind.slice("line/".length), lineUserId: ref.alias.value };
  if (userId === undefined)
    throw new Failure("request_invalid", "needs userId: who this LINE user is", {
      field: "userId",
    });
  if (lineUserId !== undefined && lineUserId !== ofRef.lineUserId)
    throw contradiction("lineUserId");
  if (provider !== undefined && provider !== ofRef.provider) throw contradiction("provider");
  const person = {
    kind: "alias",
    alias: { kind: "user", value: userId.normalize("NFC") },
  } as const;
  return { person, field: "userId", ...ofRef };
};

const contradiction = (field: string): Failure =>
  new Failure("request_invalid", "is not what the path says", { field });

const viaOf = ({ via, linkToken }: LineLinkRequest, lineUserId: string | undefined): LinkVia => {
  if (linkToken !== undefined) {
    if (via === undefined || via === "account_link") return "account_link";
    throw new Failure("request_invalid", "a linkToken is for account_link", { field: "via" });
  }
  const chosen = via ?? (lineUserId === undefined ? "code" : "page");
  if (chosen !== "code" && lineUserId === undefined)
    throw new Failure("request_invalid", `${chosen} needs the LINE ID that is to be linked`, {
      field: "lineUserId",
    });
  return chosen;
};
