import { withDeadline } from "@yubin/kit";
import { createLineLogin, type LineLogin } from "@yubin/line";

/** Routes have five seconds in all, and LINE being slow is not the store's fault. */
const timeoutMs = 4_000;

/** LINE Login's checks, which end before a route does. */
export const createPromptLogin = (apiBaseUrl: string): LineLogin => {
  const login = createLineLogin({ apiBaseUrl });
  return {
    verifyIdToken: (check) =>
      withDeadline(timeoutMs, () => login.verifyIdToken(check), "line.unavailable"),
    verifyAccessToken: (token) =>
      withDeadline(timeoutMs, () => login.verifyAccessToken(token), "line.unavailable"),
  };
};
