export { hashApiKey, isApiKey, isSameSecret, newApiKey } from "./api-keys.ts";
export {
  createClickTokens,
  type ClickPlace,
  type ClickToken,
  type ClickTokens,
} from "./click-tokens.ts";
export {
  httpOrigin,
  logLevel,
  mongodbUrl,
  port,
  redisUrl,
  secretKeys,
  shutdownGraceMs,
  type SecretKey,
} from "./config-fields.ts";
export { errorHandler, type ErrorHandlerOptions } from "./http/error-handler.ts";
export { logRequests } from "./http/log-requests.ts";
export { parseJson, type JsonRules } from "./http/parse-json.ts";
export { readBody, type BodyLimits } from "./http/read-body.ts";
export { streamBody, type StreamLimits } from "./http/stream-body.ts";
export { requestId } from "./http/request-id.ts";
export { healthz, methodNotAllowed, notFound, readyz } from "./http/routes.ts";
export { listen, type Listening, type ListenOptions } from "./listen.ts";
export { ConfigError, configOrExit, loadConfig, type Environment } from "./load-config.ts";
export { createLogger, type Logger, type LoggerOptions } from "./logger.ts";
export { openOps, type Ops } from "./open-ops.ts";
export { createMetrics, type Metrics } from "./metrics.ts";
export { startOpsServer, type OpsServer, type OpsServerOptions } from "./ops-server.ts";
export { createReadiness, type Readiness } from "./readiness.ts";
export { runService, type RunServiceOptions } from "./run-service.ts";
export { createSealer, type Sealer } from "./sealer.ts";
export type { WaitClock } from "./wait-clock.ts";
export { withDeadline } from "./with-deadline.ts";
