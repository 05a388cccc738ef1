import { Failure } from "@yubin/errors";
import { hashLinkSecret, linkCodeFrom } from "@yubin/types";

import { dialogUrl, newNonce } from "./account-link.ts";
import { channelToken } from "./channel-token.ts";
import type { Channel } from "./channel.ts";
import type { CommandEnd, Commands } from "./commands.ts";
import type { LineAccount } from "./line-account.ts";
import { carryOut } from "./link-end.ts";
import { mayConfirm, type LineLink, type LineLinks } from "./line-link.ts";

export interface ConfirmLineLinkDeps {
  readonly lineLinks: LineLinks;
  readonly commands: Commands;
  readonly line: Pick<LineAccount, "issueLinkToken" | "issueStatelessToken">;
  readonly open: (sealed: string, context: string) => string;
  readonly lineAccessUrl: string;
  readonly now: () => Date;
}

/** What the person gets for confirming. */
export type Confirmed =
  /** To LINE, which asks them once more. */
  | { readonly kind: "redirect"; readonly url: string }
  /** A code that they send in the chat. */
  | { readonly kind: "code"; readonly link: LineLink }
  | { readonly kind: "proven"; readonly link: LineLink; readonly end: CommandEnd | undefined }
  /** It was used, declined, or has expired meanwhile. */
  | { readonly kind: "over"; readonly link: LineLink }
  | { readonly kind: "too_often" };

const secretsMs = 900_000;
const confirmationsMax = 10;
const noncesMax = 5;
const triesMax = 5;

/** The person says that it is them. The link's version lets one of two who do so at once through; both see the same end. */
export const confirmLineLink = async (
  deps: ConfirmLineLinkDeps,
  { link: first, token, channel }: Confirming,
): Promise<Confirmed> => {
  let link: LineLink | undefined = first;
  for (let tries = 0; link !== undefined && tries < triesMax; tries += 1) {
    if (link.state === "proven" && link.provedBy === "page") return await proven(deps, link);
    if (!mayConfirm(link, deps.now())) return { kind: "over", link };
    if (link.via === "code" && isRunning(link, deps.now())) return { kind: "code", link };
    if (link.confirmations >= confirmationsMax) return { kind: "too_often" };
    const confirmed = await confirmOnce(deps, { link, token, channel });
    if (confirmed) return confirmed;
    link = await deps.lineLinks.findByToken(link.tokenHash);
  }
  throw new Failure("internal", "others kept confirming the same link");
};

interface Confirming {
  readonly link: LineLink;
  readonly token: string;
  readonly channel: Channel;
}

/** Undefined where the link has changed meanwhile. */
const confirmOnce = async (
  deps: ConfirmLineLinkDeps,
  { link, token, channel }: Confirming,
): Promise<Confirmed | undefined> => {
  const now = deps.now();
  const confirmation = {
    reason: null,
    confirmations: link.confirmations + 1,
    confirmedAt: now,
    secretsUntil: new Date(now.getTime() + secretsMs),
  };
  switch (link.via) {
    case "page": {
      const changed = await deps.lineLinks.change(link, {
        ...confirmation,
        state: "proven",
        provedBy: "page",
        provenAt: now,
      });
      return changed && (await proven(deps, changed));
    }
    case "code": {
      const codeHash = codeHashOf(link.workspaceId, codeOf(token, confirmation));
      const changed = await deps.lineLinks.change(link, {
        ...confirmation,
        state: "confirmed",
        codeHash,
      });
      return changed && { kind: "code", link: changed };
    }
    default: {
      const linkToken = await deps.line.issueLinkToken(
        await channelToken(deps, channel),
        link.lineUserId ?? "",
      );
      const nonce = newNonce();
      const changed = await deps.lineLinks.change(link, {
        ...confirmation,
        state: "confirmed",
        nonceHashes: [...link.nonceHashes, hashLinkSecret(nonce)].slice(-noncesMax),
      });
      return changed && { kind: "redirect", url: dialogUrl(deps.lineAccessUrl, linkToken, nonce) };
    }
  }
};

const proven = async (deps: ConfirmLineLinkDeps, link: LineLink): Promise<Confirmed> => ({
  kind: "proven",
  link,
  end: await carryOut(deps.commands, link),
});

/** Follows from the URL's secret, so that the page can show it again and the store cannot. */
export const codeOf = (token: string, { confirmations }: { readonly confirmations: number }) =>
  linkCodeFrom(`code/${confirmations}/${token}`);

/** Of one workspace: the same code in another is another. */
const codeHashOf = (workspaceId: string, code: string): string =>
  hashLinkSecret(`${workspaceId}/${code}`);

/** Whether the code that was given out is still good. */
export const isRunning = ({ state, secretsUntil }: LineLink, now: Date): boolean =>
  state === "confirmed" && secretsUntil !== null && now < secretsUntil;
