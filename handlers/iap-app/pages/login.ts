import { type Html, html } from "./html";
import { identityCard } from "./identity-card";
import { layout, type PageContext } from "./layout";

/** @param nextRefused The request asked to go on to an address that is not a path of this site. */
export const loginPage = (context: PageContext, nextRefused: boolean): Html =>
  layout(context, {
    title: context.config.title,
    content: html`<h1>You are signed in</h1>
${nextRefused ? html`<p class="notice" role="status">The address to continue to was not a path of this site, so it was left out.</p>` : undefined}
<p class="lead">Signing in happened before this page: Identity-Aware Proxy sent you to the company's sign-in and
back. This page cannot be reached without it.</p>
<p><a class="button" href="/">Continue to the start page</a></p>
${identityCard(context.identity)}`,
  });
