export { checkPeople, type Checked } from "./check-people.ts";
export { createIssuer, type Issued } from "./issue.ts";
export { createOperations, provider, type Operation } from "./operations.ts";
export { createRandom, type Random } from "./random.ts";
export { dump } from "./check-erased.ts";
