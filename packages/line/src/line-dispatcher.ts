import { Agent, type Dispatcher, getGlobalDispatcher, setGlobalDispatcher } from "undici";

export interface LineDispatcherOptions {
  /** To one host at once. */
  readonly connections?: number;
  /** For a whole call, from the moment it has a connection. */
  readonly timeoutMs?: number;
}

/** LINE's answers are small; whatever is longer is not read. */
const responseBytesMax = 65_536;
const connectTimeoutMs = 5_000;

/** What every connection to LINE has in common. */
export const connectionLimits = ({
  connections = 256,
  timeoutMs = 10_000,
}: LineDispatcherOptions) => ({
  connections,
  pipelining: 1,
  allowH2: false,
  headersTimeout: timeoutMs,
  bodyTimeout: timeoutMs,
  maxResponseSize: responseBytesMax,
  connect: { timeout: connectTimeoutMs },
});

/**
 * An agent that never takes longer than `timeoutMs` for a call and never follows a redirect, which would carry the
 * channel's token to another host.
 */
export const createLineDispatcher = (options: LineDispatcherOptions = {}): Dispatcher =>
  new Agent(connectionLimits(options)).compose(guard(options.timeoutMs ?? 10_000));

let ours: Dispatcher | undefined;

/**
 * Puts every `fetch` of this process, and with it LINE's SDK, on a dispatcher of the kind above. Call it once in
 * `main.ts`, before `createLineAccount`; the SDK has no option for time-outs, sockets or redirects of its own.
 */
export const useLineDispatcher = (
  options: LineDispatcherOptions = {},
): { close(): Promise<void> } => {
  const dispatcher = createLineDispatcher(options);
  setGlobalDispatcher(dispatcher);
  ours = dispatcher;
  return { close: () => dispatcher.destroy() };
};

export const isOnLineDispatcher = (): boolean =>
  ours !== undefined && getGlobalDispatcher() === ours;

/** A redirect is LINE's answer that we refuse to understand. */
class RedirectRefusedError extends Error {
  override readonly name = "RedirectRefusedError";
}

class CallTimeoutError extends Error {
  override readonly name = "CallTimeoutError";
}

const guard =
  (timeoutMs: number): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) =>
    dispatch(options, guarded(handler, timeoutMs));

const guarded = (
  handler: Dispatcher.DispatchHandler,
  timeoutMs: number,
): Dispatcher.DispatchHandler => {
  let timer: NodeJS.Timeout | undefined;
  return {
    onRequestStart: (controller, context) => {
      timer = setTimeout(
        () => controller.abort(new CallTimeoutError(`no whole answer within ${timeoutMs} ms`)),
        timeoutMs,
      );
      handler.onRequestStart?.(controller, context);
    },
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStart: (controller, status, headers, text) => {
      if (status >= 300 && status < 400)
        throw new RedirectRefusedError(`LINE answered ${status}; redirects are not followed`);
      handler.onResponseStart?.(controller, status, headers, text);
    },
    onResponseData: (controller, chunk) => handler.onResponseData?.(controller, chunk),
    onResponseEnd: (controller, trailers) => {
      clearTimeout(timer);
      handler.onResponseEnd?.(controller, trailers);
    },
    onResponseError: (controller, error) => {
      clearTimeout(timer);
      handler.onResponseError?.(controller, error);
    },
    onBodySent: (chunk) => handler.onBodySent?.(chunk),
    onRequestSent: () => handler.onRequestSent?.(),
    onResponseStarted: () => handler.onResponseStarted?.(),
  };
};
