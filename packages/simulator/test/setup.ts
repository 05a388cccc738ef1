import { createSimulator } from "../src/index.ts";
import type { ChannelOptions, ChannelView, Simulator, SimulatorOptions } from "../src/index.ts";

/** A started simulator with a channel and a few friends, and a way to call it. */
export interface Setup extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly channel: ChannelView;
  /** All of them follow the channel. */
  readonly friends: readonly [string, string, string, string, string];
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Reply>;
  push(to: unknown, text: string, retryKey?: string): Promise<Reply>;
}

/** What a call sends besides method and path. */
export interface CallOptions {
  readonly token?: string | null;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** What came back. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

/** Starts a fresh simulator for one test. */
export async function setup(
  options: SimulatorOptions = {},
  channelOptions: ChannelOptions = {},
): Promise<Setup> {
  // LINE's 2 s are no measure on a machine that is busy with other tests; where they matter a test says so.
  const delivery = { timeoutMs: 30_000, ...options.delivery };
  const simulator = createSimulator({ ...options, delivery });
  await simulator.start();
  const channel = simulator.addChannel(channelOptions);
  const friends = simulator.addPeople({ count: 5 }) as [string, string, string, string, string];
  simulator.follow(channel.channelId, friends);

  const call: Setup["call"] = async (method, path, { token, body, headers } = {}) => {
    const answer = await fetch(simulator.url + path, {
      method,
      redirect: "manual",
      headers: {
        ...(token !== null && { authorization: `Bearer ${token ?? channel.accessToken}` }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    });
    const text = await answer.text();
    const { status, headers: answered } = answer;
    return { status, headers: answered, text, json: objectOf(text) };
  };
  const post: Setup["post"] = (path, body, headers) =>
    call("POST", path, {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
    });
  return {
    simulator,
    channel,
    friends,
    call,
    post,
    push: (to, text, retryKey) =>
      post(
        "/v2/bot/message/push",
        { to, messages: [{ type: "text", text }] },
        retryKey === undefined ? {} : { "x-line-retry-key": retryKey },
      ),
    [Symbol.asyncDispose]: () => simulator.stop(),
  };
}

function objectOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
