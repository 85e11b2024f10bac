import { basePath, type IapAppConfig } from "../config";
import type { Identity } from "../identity";
import { Html, html } from "./html";
import { sessionGuard } from "./session-guard";
import { styleSheet } from "./style";

/** Where a page stands: the app that renders it, and who reads it. */
export interface PageContext {
  readonly config: IapAppConfig;
  readonly identity: Identity;
}

interface Page {
  /** First part of the document's title: what this page is, told apart from its neighbours. */
  readonly title: string;
  readonly content: Html;
}

/** Whether an app is about the reader's session rather than a place to work in. */
export const isAccountPage = ({ path }: { readonly path: string }): boolean => path === "/login" || path === "/logout";

/** Whoever reads a page has signed in: the page about it is named only where it is the one being read. */
const isOffered = ({ path }: { readonly path: string }, config: IapAppConfig): boolean =>
  path !== "/login" || config.path === "/login";

/** A whole document for a signed-in person, with the navigation between the apps. */
export function layout({ config, identity }: PageContext, page: Page): Html {
  const linksTo = (apps: IapAppConfig["apps"]) =>
    apps.map(
      ({ title, path }) =>
        html`<li><a href="${path}"${path === config.path ? html` aria-current="page"` : undefined}>${title}</a></li>`,
    );
  const header = html`<header class="bar"><div>
<span class="brand">Keyless</span>
<nav aria-label="Apps"><ul>${linksTo(config.apps.filter((app) => !isAccountPage(app)))}</ul></nav>
<nav class="account" aria-label="Account"><span>Signed in as ${identity.email}</span>
<ul>${linksTo(config.apps.filter((app) => isAccountPage(app) && isOffered(app, config)))}</ul></nav>
</div></header>`;
  const title = page.title === config.title ? page.title : `${page.title} · ${config.title}`;
  const signIn = `/login?${new URLSearchParams({ next: config.path })}`;
  const body = html`<body data-identity="${basePath(config)}/identity" data-principal="${identity.principal}" data-sign-in="${signIn}">`;
  return document({ title, body, header, content: page.content, script });
}

/** A whole document for somebody who is not known: no name, no navigation. */
export const plainLayout = (page: Page): Html =>
  document({
    title: page.title,
    body: html`<body>`,
    header: html`<header class="bar"><div><span class="brand">Keyless</span></div></header>`,
    content: page.content,
  });

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%232450c8'/%3E%3Cpath d='M5 3v10M11 3 6 8l5 5' stroke='white' stroke-width='2' fill='none'/%3E%3C/svg%3E";

const style = Html.fromTrustedText(styleSheet);
const script = html`<script>${Html.fromTrustedText(sessionGuard)}</script>`;

interface Document {
  readonly title: string;
  /** The opening tag. */
  readonly body: Html;
  readonly header: Html;
  readonly content: Html;
  readonly script?: Html;
}

const document = ({ title, body, header, content, script: lastly }: Document): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="${icon}">
<style>${style}</style>
</head>
${body}
<a class="skip" href="#content">Skip to content</a>
${header}
<main id="content" tabindex="-1">
<p class="notice" id="session" role="alert" hidden></p>
${content}
</main>
<footer><p>Identity-Aware Proxy decides who comes in. This app checks its signed word at every request.</p></footer>
${lastly}
</body>
</html>
`;
