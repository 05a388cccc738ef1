import { Failure } from "@yubin/errors";
import {
  canonicalId,
  hashLinkSecret,
  idFrom,
  type IdentifyRequest,
  type LinkProofKind,
} from "@yubin/types";

import { mayConfirm, type LineLink, type LineLinks } from "./line-link.ts";
import { verifyLogin, type VerifyLoginDeps } from "./line-login.ts";
import type { Profiles } from "./profile.ts";

export interface ProveIdentifyDeps extends VerifyLoginDeps {
  readonly lineLinks: LineLinks;
  readonly profiles: Profiles;
  readonly now: () => Date;
}

/** A LINE ID that is proven to be the caller's person's. */
export interface ProvenLine {
  readonly provider: string;
  readonly lineUserId: string;
  readonly kind: LinkProofKind;
  /** Of a link that is used up by this call: its fact is one, whatever id the caller gives it. */
  readonly eventId?: string;
}

/** Looks at the proof that an identify call brings; undefined where it brings none. Nothing of it is kept. */
export const proveIdentify = async (
  deps: ProveIdentifyDeps,
  workspaceId: string,
  request: IdentifyRequest,
): Promise<ProvenLine | undefined> => {
  const line = request.context?.line;
  if (line?.idToken === undefined && line?.linkToken === undefined) return undefined;
  if (line.idToken !== undefined && line.linkToken !== undefined)
    throw new Failure("request_invalid", "give one proof", { field: "context.line.linkToken" });
  if (request.userId === undefined)
    throw new Failure("request_invalid", "a proof needs the person: give userId", {
      field: "userId",
    });
  if (line.linkToken !== undefined)
    return await useLink(deps, {
      workspaceId,
      token: line.linkToken,
      userId: request.userId,
      line,
    });

  const { provider, lineUserId } = await verifyLogin(deps, workspaceId, {
    provider: line.provider,
    idToken: line.idToken,
  }).catch(inContext);
  if (line.userId !== undefined && line.userId !== lineUserId)
    throw new Failure("id_token_subject", "the ID token is somebody else's", {
      field: "context.line.userId",
    });
  return { provider, lineUserId, kind: "id_token" };
};

/** The field as the caller wrote it. */
const inContext = (error: unknown): never => {
  if (!(error instanceof Failure) || error.field === undefined) throw error;
  throw new Failure(error.code, error.message, { field: `context.line.${error.field}` });
};

interface LinkUse {
  readonly workspaceId: string;
  readonly token: string;
  readonly userId: string;
  readonly line: NonNullable<NonNullable<IdentifyRequest["context"]>["line"]>;
}

const triesMax = 5;

/** Our one-time link, followed by somebody whom the caller's own page has logged in. */
const useLink = async (deps: ProveIdentifyDeps, use: LinkUse): Promise<ProvenLine> => {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const link = await deps.lineLinks.findByToken(hashLinkSecret(use.token));
    const lineUserId = await linkedBy(deps, link, use);
    if (!link || lineUserId === undefined) throw invalid();
    const eventId = idFrom("evt", use.workspaceId, "line-link", link.id);
    const isMine = link.state === "proven" && link.provedBy === eventId;
    if (!isMine && !mayConfirm(link, deps.now())) throw invalid();
    const proven =
      isMine ||
      (await deps.lineLinks.change(link, {
        state: "proven",
        reason: null,
        confirmedAt: deps.now(),
        provedBy: eventId,
        provenAt: deps.now(),
      }));
    if (proven) return { provider: link.provider, lineUserId, kind: "link_page", eventId };
  }
  throw new Failure("internal", "others kept changing the same link");
};

/** The link's LINE ID, where the link is the caller's and was made for the person who is named. */
const linkedBy = async (
  { profiles }: ProveIdentifyDeps,
  link: LineLink | undefined,
  { workspaceId, userId, line }: LinkUse,
): Promise<string | undefined> => {
  if (!link || link.workspaceId !== workspaceId || link.provider !== line.provider)
    return undefined;
  if (link.lineUserId === null || link.lineUserId !== (line.userId ?? link.lineUserId))
    return undefined;
  const alias = { kind: "user", value: canonicalId(userId) } as const;
  const home = await profiles.home(workspaceId, { kind: "alias", alias });
  if (!home || home.isErased) return undefined;
  // Whoever they are merged into meanwhile, this does not change.
  if (home.profileId === link.profileId) return link.lineUserId;
  const named = await profiles.find(workspaceId, { kind: "profile", profileId: home.profileId });
  const meant = await profiles.find(workspaceId, { kind: "profile", profileId: link.profileId });
  return named && meant && named.id === meant.id ? link.lineUserId : undefined;
};

/** One answer for all of it: why it does not open helps only who guesses. */
const invalid = (): Failure =>
  new Failure("link_token_invalid", "unknown, expired, used, or made for somebody else", {
    field: "context.line.linkToken",
  });
