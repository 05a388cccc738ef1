import { asFailure, Failure } from "@yubin/errors";
import { methodNotAllowed, type ClickTokens, type Logger } from "@yubin/kit";
import type { Express, Request, RequestHandler, Response } from "express";

import {
  isClick,
  targetOf,
  type ClickCounts,
  type ClickLink,
  type ClickLinks,
} from "../domain/click.ts";
import type { RouteTimeout } from "./api-route.ts";
import type { FailureLimit } from "./authenticate.ts";
import { chooseLocale } from "./link-page/choose-locale.ts";
import { pagePolicy } from "./link-page/html.ts";
import { saidPage, type SaidKind } from "./link-page/pages.ts";
import type { MountDeps } from "./mount-route.ts";

export interface ClickRouteDeps {
  readonly clickTokens: Pick<ClickTokens, "read">;
  readonly clickLinks: ClickLinks;
  readonly clicks: ClickCounts;
  readonly limits: ClickLimits;
  /** Told of a click that led on and was not counted. */
  readonly onUncounted: () => void;
  readonly within: MountDeps["within"];
  readonly failureOf: (error: unknown) => Failure | undefined;
  readonly log: Logger;
  readonly now: () => Date;
}

export interface ClickLimits {
  /** Beyond these they lead on and are not counted: each is a write. */
  readonly clicks: FailureLimit;
  /** Of requests with a token that we have not signed. */
  readonly misses: FailureLimit;
}

/** By address; a mobile network has thousands of people behind one. */
export const clickLimitsPerMinute = { clicks: 60_000, misses: 6_000 };

/** Of finding where a link leads, the first time that a process is asked. */
const linkTimeout: RouteTimeout = { ms: 3_000, code: "store.unavailable" };

/** `/c/:token`, a link in what was sent: counts the click and leads on to where the link was made for, nowhere else. */
export const mountClickLinks = (app: Express, deps: ClickRouteDeps): void => {
  const path = "/c/:token";
  app.get(path, follow(deps));
  app.all(path, methodNotAllowed(["GET", "HEAD"]));
};

const follow =
  (deps: ClickRouteDeps): RequestHandler =>
  async (req, res) => {
    res.setHeader("x-robots-tag", "noindex, nofollow");
    try {
      const { target, count } = await findTarget(deps, req);
      await count();
      res.setHeader("location", target);
      res.status(302).end();
    } catch (error) {
      if (req.accepts(["json", "html"]) !== "html") throw error;
      showPage(deps, res, error);
    }
  };

interface Target {
  readonly target: string;
  /** Does nothing where it is not a person who asks. */
  readonly count: () => Promise<void>;
}

const findTarget = async (deps: ClickRouteDeps, req: Request): Promise<Target> => {
  const address = req.ip ?? "";
  const token = deps.clickTokens.read(String(req.params["token"] ?? ""));
  if (!token) await takeTurn(deps.limits.misses, address);
  const link = token && (await findLink(deps, token.linkId));
  const target = link && targetOf(link.url);
  if (!target) throw new Failure("link_unknown", "no such link: it was changed, or is too old");
  const click = { link, place: token.place, at: deps.now() };
  return {
    target,
    count: async () => {
      if (!isClick(req)) return;
      if (await isCounted(deps.limits.clicks, address)) await deps.clicks.record(click);
      else deps.onUncounted();
    },
  };
};

/** What is known needs no store, so that links go on working while it is away. */
const findLink = async (
  { clickLinks, within }: ClickRouteDeps,
  linkId: string,
): Promise<ClickLink | undefined> =>
  clickLinks.known(linkId) ?? (await within(linkTimeout, () => clickLinks.find(linkId)));

const isCounted = async (limit: FailureLimit, address: string): Promise<boolean> => {
  if ((await limit.waitMs(address)) > 0) return false;
  await limit.count(address);
  return true;
};

const takeTurn = async (limit: FailureLimit, address: string): Promise<void> => {
  const waitMs = await limit.waitMs(address);
  if (waitMs > 0)
    throw new Failure("rate_limited", "too many links from this address", { retryAfterMs: waitMs });
  await limit.count(address);
};

/** Whoever follows a link by hand gets a page, and not a line of JSON. */
const showPage = (deps: ClickRouteDeps, res: Response, error: unknown): void => {
  const failure = error instanceof Failure ? error : (deps.failureOf(error) ?? asFailure(error));
  res.locals["failureCode"] = failure.code;
  if (failure.status >= 500)
    deps.log.error(
      { requestId: res.locals["requestId"] as unknown, err: error, code: failure.code },
      "a click link failed",
    );
  const hints = { lang: undefined, made: null, acceptLanguage: res.req.headers["accept-language"] };
  const locale = chooseLocale(hints);
  const retryAfterMs = failure.retryAfterMs ?? (failure.status === 503 ? awayMs : undefined);
  if (retryAfterMs !== undefined)
    res.setHeader("retry-after", String(Math.ceil(retryAfterMs / 1_000)));
  res.setHeader("content-security-policy", pagePolicy(""));
  res.setHeader("content-language", locale);
  res.setHeader("vary", "accept, accept-language");
  res
    .status(failure.status)
    .type("html")
    .send(saidPage(saidOf(failure), { locale, business: "" }));
};

const awayMs = 2_000;

const saidOf = ({ code }: Failure): SaidKind => {
  if (code === "link_unknown") return "unknown";
  return code === "rate_limited" ? "busy" : "trouble";
};
