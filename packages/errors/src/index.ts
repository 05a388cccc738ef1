export { asFailure, Failure, type FailureDetails } from "./failure.ts";
export { failures, type FailureCode, type FailureRow } from "./failures.ts";
