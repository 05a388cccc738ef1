import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Failure } from "@yubin/errors";

import type { Logger } from "./logger.ts";
import { newRequestId } from "./http/request-id.ts";

export interface ListenOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host?: string;
  readonly log: Logger;
  readonly limits?: Partial<typeof standardLimits>;
}

export interface Listening {
  readonly port: number;
  readonly server: Server;
  /** Takes no more, lets requests finish for `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

const standardLimits = {
  /** From the opening of the connection to the end of the headers. */
  headersTimeoutMs: 10_000,
  /** The whole request, body included. */
  requestTimeoutMs: 15_000,
  /** Longer than a load balancer keeps idle connections (60 s), so that it is never us who close under it. */
  keepAliveTimeoutMs: 75_000,
  connectionsMax: 20_000,
  /** How often the time-outs above are looked at. */
  checkEveryMs: 1_000,
};

/** Serves an app (or any request listener) with limits on time and connections. */
export const listen = async (app: RequestListener, options: ListenOptions): Promise<Listening> => {
  const limits = { ...standardLimits, ...options.limits };
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: 0, // one for all of them: a file may take longer than a webhook
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.checkEveryMs,
      noDelay: true,
      requireHostHeader: false,
    },
    requireHost(app, options.log),
  );
  server.maxConnections = limits.connectionsMax;
  refuseWhatIsNoRequest(server, options.log);
  endLateRequests(server, limits.requestTimeoutMs);
  const closing = closeGently(server);

  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(options.port, options.host, resolve);
  await listening;
  server.on("error", (error) => options.log.error({ err: error }, "the http server failed"));
  const { port } = server.address() as AddressInfo;
  options.log.info({ port }, "listening");
  return { port, server, close: closing };
};

/**
 * What Node would refuse by itself never reaches the app. It gets the same shape of answer and a line in the log, and
 * no second chance: nobody knows where the next request would begin.
 */
const refuseWhatIsNoRequest = (server: Server, log: Logger): void => {
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) socket.destroy();
    else writeRefusal(socket, refusal(parserFailure(error.code ?? ""), log));
  });
  server.on("connect", (_req, socket) => {
    socket.on("error", () => socket.destroy());
    const failure = new Failure("method_not_allowed", "there is no proxy here");
    writeRefusal(socket, refusal(failure, log));
  });
  // An expectation may be passed over; Node's own answer to one that it does not know has no body.
  server.on("checkExpectation", (req, res) => server.emit("request", req, res));
};

const long = new WeakSet<IncomingMessage>();

/** Frees one request from the limit on its time: who reads it has a limit of their own. */
export const mayTakeLong = (req: IncomingMessage): void => {
  long.add(req);
};

/** As Node does by its `requestTimeout`, but for each request by itself. */
const endLateRequests = (server: Server, timeoutMs: number): void => {
  server.on("request", (req: IncomingMessage) => {
    const timer = setTimeout(() => {
      if (req.complete || long.has(req)) return;
      const late = Object.assign(new Error("late"), { code: "ERR_HTTP_REQUEST_TIMEOUT" });
      server.emit("clientError", late, req.socket);
    }, timeoutMs);
    req.once("close", () => clearTimeout(timer));
  });
};

/** Node answers a request without a host without a body, and takes one with two; so it is asked for here. */
const requireHost = (app: RequestListener, log: Logger): RequestListener => {
  const refused = new WeakSet<Socket>();
  return (req, res) => {
    if (refused.has(req.socket)) return; // what was sent behind a refused request
    if (hostsOf(req) === 1 || req.httpVersion === "1.0") return app(req, res);
    refused.add(req.socket);
    const { status, headers, body } = refusal(parserFailure(""), log);
    res.writeHead(status, headers).end(body);
  };
};

const hostsOf = ({ rawHeaders }: IncomingMessage): number =>
  rawHeaders.filter((name, at) => at % 2 === 0 && /^host$/i.test(name)).length;

const refusal = ({ code, message, status }: Failure, log: Logger) => {
  const requestId = newRequestId();
  log.info({ requestId, status, code }, "not a request");
  const body = JSON.stringify({ error: { code, message, requestId } });
  const headers = {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    "x-request-id": requestId,
    connection: "close",
  };
  return { status, headers, body };
};

const writeRefusal = (
  socket: Duplex,
  { status, headers, body }: ReturnType<typeof refusal>,
): void => {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
};

/** None of them repeats a byte of what came. */
const parserFailure = (parserCode: string): Failure => {
  switch (parserCode) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new Failure("body_timeout", "the request did not arrive in time");
    case "HPE_HEADER_OVERFLOW":
      return new Failure("header_too_large", "the headers are over 16 KiB");
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return new Failure("body_too_large", "the chunk extensions are too large");
    default:
      return new Failure("request_invalid", "not a well-formed HTTP request");
  }
};

const closeGently = (server: Server): Listening["close"] => {
  const underWay = new Set<ServerResponse>();
  server.on("request", (_req, res) => {
    underWay.add(res);
    res.once("close", () => underWay.delete(res));
    if (!server.listening) res.setHeader("connection", "close");
  });

  return async (graceMs) => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    for (const res of underWay) if (!res.headersSent) res.setHeader("connection", "close");

    const idle = setInterval(() => server.closeIdleConnections(), 50);
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    try {
      await closed;
    } finally {
      clearInterval(idle);
      clearTimeout(cut);
    }
  };
};
