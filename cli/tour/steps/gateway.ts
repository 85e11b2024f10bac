import { iapAssertionHeader, iapClearLoginCookie, iapModeParameter } from "../../../facts/iap";
import type { AssertionAlteration } from "../../../twin";
import { Browser, type Page, unescapeHtml } from "../browser";
import type { TourContext } from "../context";
import { assertionFor, requestInside, serviceAddress } from "../inside";
import { allowed, refused, type TourStep } from "../step";

const serviceDesk = "/service-desk";

const appUrl = ({ twin, environment }: TourContext, path: string): string =>
  `${twin.origin(environment.gateway.domain)}${path}`;

/** Opens a page of the gateway and, where the way leads to Entra's login, chooses a person there. */
async function logIn(context: TourContext, browser: Browser, person: string, path = serviceDesk): Promise<Page> {
  const page = await browser.open(appUrl(context, path));
  if (!isLoginPage(page)) return page;
  return browser.submit(page, "person", person);
}

const isLoginPage = ({ url }: Page): boolean => new URL(url).hostname.startsWith("login.microsoftonline.com");

/** Paths of the tickets that a service-desk page lists. */
const ticketsOn = ({ text }: Page): string[] =>
  [...text.matchAll(/href="(\/service-desk\/tickets\/[^"]+)"/g)].map(([, path = ""]) => path);

/** (d) Two people; each sees their own tickets and none of the other's. */
export const ownTickets: TourStep = {
  id: "own-tickets",
  title: "A person logs in at Entra and sees only their own tickets; a second person sees theirs",
  expects: () => allowed,
  async run(context) {
    const [firstBrowser, secondBrowser] = [new Browser(context.twin.fetch), new Browser(context.twin.fetch)];
    const first = await logIn(context, firstBrowser, "desk-agent");
    const second = await logIn(context, secondBrowser, "second-desk-agent");
    const request = `GET ${serviceDesk} as desk-agent and as second-desk-agent, through load balancer, IAP and Entra`;
    for (const page of [first, second])
      if (page.status !== 200) return { request, decision: "refused", reason: summary(page) };
    const created = await firstBrowser.submit(first, "subject", undefined, {
      subject: "Badge does not open the lab",
      description: "",
    });
    const own = ticketsOn(await firstBrowser.open(appUrl(context, serviceDesk)));
    const others = ticketsOn(await secondBrowser.open(appUrl(context, serviceDesk)));
    if (own.length !== ticketsOn(first).length + 1)
      throw new Error(`the new ticket is not listed: ${summary(created)}`);
    if (others.length === 0) throw new Error("the second person saw no ticket at all");
    const shared = own.filter((ticket) => others.includes(ticket));
    if (shared.length > 0) throw new Error(`both saw ticket ${shared.join(", ")}`);
    for (const ticket of own) {
      const peek = await secondBrowser.open(appUrl(context, ticket));
      if (peek.status !== 404) throw new Error(`the second person asked for ${ticket} and got HTTP ${peek.status}`);
    }
    return {
      request,
      decision: "allowed",
      reason: `desk-agent wrote a ticket and sees ${own.length}, second-desk-agent sees ${others.length} others; asked for by their address, desk-agent's are not found`,
    };
  },
};

/** (e) After logging out, the next request asks to log in. */
export const logOut: TourStep = {
  id: "log-out",
  title: "After logging out, the next request asks to log in",
  expects: () => refused("asked to log in"),
  async run(context) {
    const browser = new Browser(context.twin.fetch);
    const before = await logIn(context, browser, "desk-agent");
    if (before.status !== 200) throw new Error(`the login before failed: ${summary(before)}`);
    await browser.open(appUrl(context, `/logout?${iapModeParameter}=${iapClearLoginCookie}`));
    const after = await browser.open(appUrl(context, serviceDesk));
    const request = `GET /logout?${iapModeParameter}=${iapClearLoginCookie}, then GET ${serviceDesk}`;
    return isLoginPage(after)
      ? { request, decision: "refused", reason: "asked to log in: Entra's page of people" }
      : { request, decision: "allowed", reason: summary(after) };
  },
};

export const withoutGroup: TourStep = {
  id: "without-group",
  title: "A person without the app's group",
  expects: () => refused("You don't have access"),
  async run(context) {
    const page = await logIn(context, new Browser(context.twin.fetch), "marketing-manager");
    return {
      request: `GET ${serviceDesk} as marketing-manager`,
      decision: page.status === 200 ? "allowed" : "refused",
      reason: summary(page),
    };
  },
};

export const withoutLoadBalancer: TourStep = {
  id: "without-load-balancer",
  title: "The app's own address, without the load balancer",
  expects: () => refused("HTTP 404"),
  async run(context) {
    const url = serviceAddress(context, "service-desk");
    const page = await new Browser(context.twin.fetch).open(`${url}${serviceDesk}`);
    return {
      request: `GET ${new URL(url).hostname.replace(/\.localhost$/, "")}${serviceDesk}`,
      decision: page.status === 200 ? "allowed" : "refused",
      reason: summary(page),
    };
  },
};

/** An assertion put before the app itself, as by somebody who had got past load balancer and IAP. */
function assertionStep(id: string, title: string, alteration: AssertionAlteration, reason: string): TourStep {
  return {
    id,
    title,
    expects: () => refused(reason),
    async run(context) {
      const assertion = await assertionFor(context, "service-desk", "desk-agent", alteration);
      const response = await requestInside(context, "service-desk", `${serviceDesk}/identity`, {
        [iapAssertionHeader]: assertion,
        accept: "application/json",
      });
      const body = response.text;
      return {
        request: `GET ${serviceDesk}/identity inside Cloud Run with ${title.toLowerCase()}`,
        decision: response.status === 200 ? "allowed" : "refused",
        reason: `HTTP ${response.status} ${body.replaceAll(/\s+/g, " ").slice(0, 200)}`,
      };
    },
  };
}

export const forgedAssertion = assertionStep("forged-assertion", "A forged assertion", "forged", "bad_signature");
export const expiredAssertion = assertionStep("expired-assertion", "An expired assertion", "expired", "expired");
export const wrongAudienceAssertion = assertionStep(
  "wrong-audience-assertion",
  "An assertion for another app",
  "wrong-audience",
  "audience_mismatch",
);

/** Headers that only IAP and the load balancer may set; the app must go by the assertion of the person who logged in. */
export const forgedIdentityHeaders: TourStep = {
  id: "forged-identity-headers",
  title: "A client that sends x-goog-authenticated-user-email and X-Client-Cert-* itself",
  expects: () => refused("still desk-agent"),
  async run(context) {
    const browser = new Browser(context.twin.fetch);
    await logIn(context, browser, "desk-agent");
    const page = await browser.open(appUrl(context, `${serviceDesk}/identity`), {
      accept: "application/json",
      "x-goog-authenticated-user-email": "accounts.google.com:administrator@ailab.com",
      "x-goog-iap-jwt-assertion": "e30.e30.e30",
      "X-Client-Cert-Present": "true",
      "X-Client-Cert-Chain-Verified": "true",
    });
    const request = `GET ${serviceDesk}/identity as desk-agent, claiming administrator in headers`;
    if (page.status !== 200) return { request, decision: "allowed", reason: summary(page) };
    return page.text.includes("desk-agent@ailab.com") && !page.text.includes("administrator")
      ? { request, decision: "refused", reason: "the headers were dropped: to the app it is still desk-agent" }
      : { request, decision: "allowed", reason: "the app took the client's word" };
  },
};

function summary({ status, text }: Page): string {
  const plain = unescapeHtml(
    text.replaceAll(/<(style|script|head)\b[\s\S]*?<\/\1>/g, "").replaceAll(/<[^>]+>/g, " "),
  ).replaceAll(/\s+/g, " ");
  return `HTTP ${status} ${plain.trim().slice(0, 200)}`;
}
