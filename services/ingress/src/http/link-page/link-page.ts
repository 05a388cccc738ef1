import type { Failure } from "@yubin/errors";
import type { Logger } from "@yubin/kit";
import type { PageLocale } from "@yubin/types";
import type { Request } from "express";

import type { Channels } from "../../domain/channel.ts";
import type { ConfirmLineLinkDeps } from "../../domain/confirm-line-link.ts";
import type { LineLink } from "../../domain/line-link.ts";
import type { Profiles } from "../../domain/profile.ts";
import type { RouteTimeout } from "../api-route.ts";
import type { GetLineLinkDeps } from "../get-line-link.ts";
import type { LinkLimits } from "./link-limits.ts";
import type { SaidKind } from "./pages.ts";

export interface LinkPageDeps extends ConfirmLineLinkDeps, GetLineLinkDeps {
  readonly channels: Channels;
  readonly profiles: Profiles;
  readonly limits: LinkLimits;
  readonly publicUrl: string;
  readonly within: <Value>(timeout: RouteTimeout, work: () => Promise<Value>) => Promise<Value>;
  readonly failureOf: (error: unknown) => Failure | undefined;
  readonly log: Logger;
}

export interface Found {
  readonly link: LineLink;
  readonly token: string;
  readonly req: Request;
  readonly lang: unknown;
}

/** What is to be answered. */
export type Shown =
  | { readonly status: number; readonly page: (locale: PageLocale) => string }
  | { readonly status: number; readonly said: SaidKind }
  | { readonly status: number; readonly type: string; readonly body: string }
  | { readonly location: string };
