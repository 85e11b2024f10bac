import { iapClearLoginCookie, iapModeParameter } from "../../../facts/iap";
import { type Html, html } from "./html";
import { layout, type PageContext } from "./layout";

/** Answered by Identity-Aware Proxy, which ends its session; the request does not reach an app. */
const endSession = `/?${iapModeParameter}=${iapClearLoginCookie}`;

export const logoutPage = (context: PageContext): Html =>
  layout(context, {
    title: context.config.title,
    content: html`<h1>Sign out</h1>
<p class="lead">You are signed in as ${context.identity.email}.</p>
<p>Signing out ends your session with Identity-Aware Proxy; the next request asks you to sign in. Your session with
the company's sign-in itself stays, so signing in again may not ask for a password. On a shared computer, sign out
there too, and close the browser.</p>
<p><a class="button" href="${endSession}">Sign out</a></p>`,
  });
