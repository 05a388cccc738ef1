import { lineAlias, type PageLocale } from "@yubin/types";

import { codeOf, isRunning, type Confirmed } from "../../domain/confirm-line-link.ts";
import type { CommandEnd } from "../../domain/commands.ts";
import { mayConfirm, stateOf, type LineLink } from "../../domain/line-link.ts";
import { linkEnd } from "../../domain/link-end.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Found, LinkPageDeps, Shown } from "./link-page.ts";
import { maskedLabel } from "./mask.ts";
import { askPage, codePage } from "./pages.ts";
import { qrSvg } from "./qr-svg.ts";

/** The page of a link as it stands. */
export const showLink = async (deps: LinkPageDeps, found: Found): Promise<Shown> => {
  const { link } = found;
  const now = deps.now();
  if (link.state === "proven") return provenPage(deps, link, await linkEnd(deps, link), 410);
  if (link.state === "declined") return { status: 410, said: "declined" };
  if (link.via === "code" && isRunning(link, now)) return await showCode(deps, found);
  return mayConfirm(link, now) ? await showQuestion(deps, link) : { status: 410, said: "expired" };
};

/** What the person sees for having confirmed. */
export const showOutcome = async (
  deps: LinkPageDeps,
  found: Found,
  confirmed: Confirmed,
): Promise<Shown> => {
  switch (confirmed.kind) {
    case "redirect":
      return { location: confirmed.url };
    case "code":
      // A page that was posted asks before it is loaded again.
      return { location: pathOf(found) };
    case "proven":
      return provenPage(deps, confirmed.link, confirmed.end, 200);
    case "over":
      return await showLink(deps, { ...found, link: confirmed.link });
    default:
      return { status: 429, said: "busy" };
  }
};

const pathOf = ({ token, lang }: Found): string =>
  typeof lang === "string" ? `/l/${token}?lang=${encodeURIComponent(lang)}` : `/l/${token}`;

/** For so long a person who looks again is told what became of it, and not only that the link is used up. */
const freshMs = 600_000;

const provenPage = (
  { now }: LinkPageDeps,
  link: LineLink,
  end: CommandEnd | undefined,
  usedStatus: 200 | 410,
): Shown => {
  const state = stateOf(link, now(), end);
  if (state === "confirmed") return { status: 200, said: "pending" };
  const isFresh = link.provenAt !== null && now().getTime() - link.provenAt.getTime() < freshMs;
  if (!isFresh) return { status: 410, said: "used" };
  return { status: usedStatus, said: state === "linked" ? "connected" : "review" };
};

const showCode = async (deps: LinkPageDeps, { link, token }: Found): Promise<Shown> => {
  const channel = await deps.channels.find(link.workspaceId, link.channelId);
  if (!channel) return { status: 410, said: "expired" };
  const code = codeOf(token, link);
  // Source: LINE, URL schemes: opens the chat with the text in the box; sending it is left to the person.
  const chatUrl = `https://line.me/R/oaMessage/${encodeURIComponent(channel.basicId)}/?${encodeURIComponent(code)}`;
  const page = (locale: PageLocale): string =>
    codePage({ locale, business: channel.name, code, chatUrl, qrSvg: qrSvg(chatUrl) });
  return { status: 200, page };
};

const showQuestion = async (deps: LinkPageDeps, link: LineLink): Promise<Shown> => {
  const { workspaceId, provider, lineUserId } = link;
  const channel = await deps.channels.find(workspaceId, link.channelId);
  const person = await personOf(deps, link);
  if (!channel || !person) return { status: 410, said: "expired" };
  const lineName =
    lineUserId === null ? null : await lineNameOf(deps, workspaceId, { provider, lineUserId });
  const page = (locale: PageLocale): string =>
    askPage({
      locale,
      business: channel.name,
      person: maskedLabel(person),
      lineName,
      anyLineAccount: lineUserId === null,
      wasRefused: link.state === "failed",
    });
  return { status: 200, page };
};

/** Whom the link is for, while they are there. */
export const personOf = async (
  { profiles }: Pick<LinkPageDeps, "profiles">,
  { workspaceId, profileId }: LineLink,
): Promise<Profile | undefined> => {
  const profile = await profiles.find(workspaceId, { kind: "profile", profileId });
  return profile?.erasedAt === null ? profile : undefined;
};

const nameCharsMax = 60;

/** As LINE shows them, if we were told; the page goes without a call to LINE. */
const lineNameOf = async (
  { profiles }: LinkPageDeps,
  workspaceId: string,
  named: { readonly provider: string; readonly lineUserId: string },
): Promise<string | null> => {
  const alias = lineAlias(named.provider, named.lineUserId);
  const known = await profiles.find(workspaceId, { kind: "alias", alias });
  const account = known?.lineAccounts.find(
    (one) => one.provider === named.provider && one.lineUserId === named.lineUserId,
  );
  const name = account?.displayName?.trim() ?? "";
  return name === "" ? null : name.slice(0, nameCharsMax).toWellFormed();
};
