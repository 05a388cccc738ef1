import { methodNotAllowed, readBody } from "@yubin/kit";
import type { Express, RequestHandler } from "express";

import { confirmLineLink } from "../../domain/confirm-line-link.ts";
import { mayConfirm, stateOf, type LineLink } from "../../domain/line-link.ts";
import { linkEnd } from "../../domain/link-end.ts";
import { answering } from "./answer-page.ts";
import { pagePolicy } from "./html.ts";
import { qrSvg } from "./qr-svg.ts";
import type { Found, LinkPageDeps, Shown } from "./link-page.ts";
import { personOf, showLink, showOutcome } from "./show-link.ts";

const formBytes = 1_024;
const formTimeoutMs = 10_000;

/** `/l/:token`, what people see of a one-time link. Looking at it never uses it up: previewers look, too. */
export const mountLinkPage = (app: Express, deps: LinkPageDeps): void => {
  const headers = pageHeaders(pagePolicy(deps.lineAccessUrl));
  const form = readBody({ maxBytes: formBytes, timeoutMs: formTimeoutMs });
  const path = "/l/:token";

  app.get(
    path,
    headers,
    answering(deps, async (found) => await showLink(deps, found)),
  );
  app.post(
    path,
    headers,
    form,
    answering(deps, async (found) => await act(deps, found)),
  );
  app.all(path, methodNotAllowed(["GET", "POST"]));

  app.get(
    `${path}/status`,
    headers,
    answering(deps, async ({ link }) => ({
      status: 200,
      type: "application/json",
      body: JSON.stringify({ state: stateOf(link, deps.now(), await linkEnd(deps, link)) }),
    })),
  );
  app.all(`${path}/status`, methodNotAllowed(["GET"]));

  app.get(
    `${path}/qr.svg`,
    headers,
    answering(deps, async ({ link, token }) =>
      mayConfirm(link, deps.now())
        ? { status: 200, type: "image/svg+xml", body: qrSvg(`${deps.publicUrl}/l/${token}`).html }
        : { status: 410, said: "expired" },
    ),
  );
  app.all(`${path}/qr.svg`, methodNotAllowed(["GET"]));
};

const pageHeaders =
  (policy: string): RequestHandler =>
  (_req, res, next) => {
    res.setHeader("content-security-policy", policy);
    res.setHeader("x-robots-tag", "noindex, nofollow");
    res.setHeader("vary", "accept-language");
    next();
  };

const act = async (deps: LinkPageDeps, found: Found): Promise<Shown> => {
  const { link, token, req } = found;
  const action = new URLSearchParams(Buffer.isBuffer(req.body) ? req.body.toString() : "").get(
    "action",
  );
  if (action === "decline") return await decline(deps, link);
  if (action !== "confirm") return { status: 400, said: "trouble" };
  const channel = await deps.channels.find(link.workspaceId, link.channelId);
  const person = await personOf(deps, link);
  if (!channel || !person) return { status: 410, said: "expired" };
  const confirmed = await confirmLineLink(deps, { link, token, channel });
  return await showOutcome(deps, found, confirmed);
};

const decline = async (deps: LinkPageDeps, link: LineLink): Promise<Shown> => {
  if (!mayConfirm(link, deps.now()))
    return { status: 410, said: link.state === "proven" ? "used" : "expired" };
  const declined = await deps.lineLinks.change(link, {
    state: "declined",
    nonceHashes: [],
    codeHash: null,
  });
  return declined ? { status: 200, said: "declined" } : { status: 409, said: "trouble" };
};
