import { iapClearLoginCookie, iapModeParameter } from "../../../facts/iap";
import { type Html, html } from "./html";
import { layout, type PageContext } from "./layout";
import { listOf } from "./membership";

/**
 * Where Identity-Aware Proxy sends a person whom it lets into no app of a path (IapSettings, access_denied_page_uri): which app it
 * was, and which group to ask for.
 *
 * @param path The app's path as the address says; anybody can write one there, so only a path of the navigation is repeated.
 */
export function accessDeniedPage(context: PageContext, path: string | undefined): Html {
  const { config, identity } = context;
  const app = config.apps.find((known) => known.path === path);
  const switchPerson = `${app?.path ?? "/"}?${iapModeParameter}=${iapClearLoginCookie}`;
  return layout(context, {
    title: "You don't have access",
    content: html`<h1>You don't have access</h1>
<p class="lead">${app ? html`${app.title} does not let you in.` : html`The app does not let you in.`} You are signed in, so signing in once more
changes nothing.</p>
<div class="card">
<dl>${app && html`<dt>App</dt><dd>${app.title}</dd>`}
<dt>Signed in as</dt><dd>${identity.email}</dd>
<dt>What to do</dt><dd>${whatToDo(app?.groups ?? [])}</dd></dl>
</div>
<p class="buttons"><a class="button" href="${config.path}">Back to ${config.title}</a>
<a class="button secondary" href="${switchPerson}">Sign in as another person</a></p>`,
  });
}

const whatToDo = (groups: readonly string[]): Html =>
  groups.length > 0
    ? html`Ask whoever looks after your groups for membership of ${listOf(groups)}. It counts from your next sign-in.`
    : html`Ask whoever looks after the app for membership of its group.`;
