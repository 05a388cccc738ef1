import type { IncomingHttpHeaders } from "node:http";
import type { Answer } from "./answer.ts";
import type { Channel } from "./channels.ts";
import type { Endpoint } from "./endpoints.ts";
import type { JsonObject } from "./json.ts";
import type { World } from "./world.ts";

/** A request to a LINE endpoint, with all that had to be checked before its own rules. */
export interface LineCall {
  readonly world: World;
  readonly channel: Channel;
  readonly requestId: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  /** The JSON body; empty for endpoints without one. */
  readonly body: JsonObject;
  readonly bodyHash: number;
  readonly retryKey: string | undefined;
}

/** A request to an OAuth endpoint: no channel yet, a form for a body. */
export interface OauthCall {
  readonly world: World;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  readonly authorization: string | undefined;
}

interface RouteName {
  readonly endpoint: Endpoint;
  readonly method: "GET" | "POST" | "PUT";
  /** The exact path, `:param` standing for one segment. */
  readonly path: string;
}

/** An endpoint that a channel access token opens. */
export interface LineRoute extends RouteName {
  readonly auth: "bearer";
  /** Whether a JSON body is read. */
  readonly json?: boolean;
  /** Whether the endpoint knows retry keys. */
  readonly retryKey?: boolean;
  answer(call: LineCall): Answer | Promise<Answer>;
}

/** An endpoint that hands out and checks tokens. */
export interface OauthRoute extends RouteName {
  readonly auth: "none";
  answer(call: OauthCall): Answer;
}

/** Any endpoint. */
export type Route = LineRoute | OauthRoute;
