import type { Route } from "../line-call.ts";
import { accountLinkDialog } from "./account-link-dialog.ts";
import { getBotInfo } from "./get-bot-info.ts";
import { getContent } from "./get-content.ts";
import { getDeliveryCounts } from "./get-delivery-counts.ts";
import { getFollowers } from "./get-followers.ts";
import { getProfile } from "./get-profile.ts";
import { getConsumption, getQuota } from "./get-quota.ts";
import { getLoginProfile, postVerifyIdToken } from "./login.ts";
import { oauthRoutes } from "./oauth.ts";
import { postBroadcast } from "./post-broadcast.ts";
import { postLinkToken } from "./post-link-token.ts";
import { postMulticast } from "./post-multicast.ts";
import { postPush } from "./post-push.ts";
import { postReply } from "./post-reply.ts";
import { validateRoutes } from "./post-validate.ts";
import { getWebhookEndpoint, putWebhookEndpoint } from "./webhook-endpoint.ts";
import { postWebhookTest } from "./post-webhook-test.ts";

/** Every LINE endpoint served. What is missing here answers 404. */
export const lineRoutes: readonly Route[] = [
  postPush,
  postMulticast,
  postReply,
  postBroadcast,
  ...validateRoutes,
  getProfile,
  getFollowers,
  getQuota,
  getConsumption,
  ...getDeliveryCounts,
  postLinkToken,
  getBotInfo,
  getWebhookEndpoint,
  putWebhookEndpoint,
  postWebhookTest,
  getContent,
  ...oauthRoutes,
  postVerifyIdToken,
  getLoginProfile,
  accountLinkDialog,
];
