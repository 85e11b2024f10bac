import type { IncomingMessage, ServerResponse } from "node:http";
import type { FederatedIdentity } from "../../analysis";
import { googleEndpoints } from "../../facts/google-endpoints";
import type { DecisionLog } from "../events";
import type { PublicOrigin } from "./collaborators";
import { ExpiringValues } from "./expiring-values";
import { expiredSignInPage, misconfiguredPage, sendIapPage, sendIapRedirect } from "./iap-pages";
import { type BrowserBinding, signInSeconds } from "./iap-sessions";
import type { IapSettings } from "./iap-settings";
import { publicUrl } from "./public-url";
import { readRequestTarget } from "./request-path";
import type { CodeRedeemer } from "./workforce-codes";
import type { WorkforcePool } from "./workforce-pools";

/** Where the person wanted to go: a host that IAP itself served, and a path on it. Never an address from outside. */
interface ReturnAddress {
  readonly host: string;
  readonly target: string;
}

interface SignInUnderWay {
  readonly returnTo: ReturnAddress;
  /** Digest of the browser's nonce. */
  readonly browser: string;
  readonly settings: IapSettings;
}

/** A person who has signed in, on the way back to the app's host. */
export interface SignedIn {
  readonly returnTo: ReturnAddress;
  readonly browser: string;
  readonly pool: WorkforcePool;
  readonly identity: FederatedIdentity;
}

const limit = 10_000;
const ticketSeconds = 60;

/** Sign-ins that IAP has begun: what lies between the first request and the session. */
export class IapSignIns {
  readonly #underWay = new ExpiringValues<SignInUnderWay>(limit);
  readonly #tickets = new ExpiringValues<SignedIn>(limit);
  readonly #decisions: DecisionLog;
  readonly #signIn: CodeRedeemer;
  readonly #publicOrigin: PublicOrigin;

  constructor(options: { decisions: DecisionLog; signIn: CodeRedeemer; publicOrigin: PublicOrigin }) {
    this.#decisions = options.decisions;
    this.#signIn = options.signIn;
    this.#publicOrigin = options.publicOrigin;
  }

  /** Begins a sign-in. @returns the address of the workforce sign-in, and the cookie that binds it to the browser */
  begin(request: { returnTo: ReturnAddress; binding: BrowserBinding; chooseAccount: boolean; settings: IapSettings }): {
    readonly location: string;
    readonly cookies: readonly string[];
  } {
    const { settings, binding, returnTo } = request;
    const state = this.#underWay.put({ returnTo, browser: binding.digest, settings }, signInSeconds);
    const parameters = new URLSearchParams({
      client_id: settings.clientId,
      redirect_uri: settings.redirectUri,
      response_type: "code",
      state,
      ...(request.chooseAccount ? { prompt: "select_account" } : {}),
    });
    const address = `${googleEndpoints.workforceSignIn}/signin/${settings.provider}?${parameters}`;
    return { location: publicUrl(this.#publicOrigin, address), cookies: [binding.cookie] };
  }

  /** Spends a ticket. */
  takeTicket(ticket: string): SignedIn | undefined {
    return this.#tickets.take(ticket);
  }

  /** `/v1/oauth/clientIds/CLIENT_ID:handleRedirect`: redeems the code, then sends the browser to the app's host with a ticket. */
  handleRedirect(request: IncomingMessage, response: ServerResponse, authenticatePath: string): void {
    const target = readRequestTarget(request.url ?? "");
    const clientId = target.ok ? /^\/v1\/oauth\/clientIds\/([^/:]+):handleRedirect$/.exec(target.path)?.[1] : undefined;
    if (!target.ok || clientId === undefined || request.method !== "GET") {
      sendIapPage(
        response,
        misconfiguredPage(404, "Not found.", "IAP serves its redirect handler here, and nothing else."),
      );
      return;
    }
    const refuse = (reason: string, explanation: string): void => {
      this.#decisions.record({
        by: "iap",
        request: `GET https://iap.googleapis.com${target.path}`,
        outcome: "refused",
        reason,
        explanation,
      });
    };
    const parameters = new URLSearchParams(target.query);
    const begun = this.#underWay.take(parameters.get("state") ?? "");
    if (begun === undefined || begun.settings.clientId !== clientId) {
      refuse(
        "invalid_request: The state is unknown.",
        "The sign-in expired, was finished before, or was begun for another client.",
      );
      sendIapPage(response, expiredSignInPage(this.#publicOrigin(begun?.returnTo.host ?? "")));
      return;
    }
    const { settings, returnTo, browser } = begun;
    const identity = this.#signIn.redeem(parameters.get("code") ?? "", settings);
    if (identity === undefined || identity.pool !== settings.pool.name) {
      refuse("invalid_grant: The code is invalid, expired or was issued to another client.", "No session is started.");
      sendIapPage(response, expiredSignInPage(this.#publicOrigin(returnTo.host)));
      return;
    }
    const ticket = this.#tickets.put({ returnTo, browser, pool: settings.pool, identity }, ticketSeconds);
    sendIapRedirect(response, `${this.#publicOrigin(returnTo.host)}${authenticatePath}?ticket=${ticket}`, []);
  }
}
