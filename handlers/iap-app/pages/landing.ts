import { type Html, html } from "./html";
import { identityCard } from "./identity-card";
import { isAccountPage, layout, type PageContext } from "./layout";
import { listOf } from "./membership";

export function landingPage(context: PageContext): Html {
  const { config, identity } = context;
  const tiles = config.apps
    .filter((app) => app.path !== config.path && !isAccountPage(app))
    .map(
      ({ title, path, groups }) => html`<li class="card tile"><a href="${path}">${title}</a>
<span class="quiet">${groups.length > 0 ? html`For members of ${listOf(groups)}` : path}</span></li>`,
    );
  return layout(context, {
    title: config.title,
    content: html`<h1>Welcome to ${config.title}</h1>
<p class="lead">You are signed in as ${identity.email}. Each app lets in the groups it is meant for; to open one that refuses you,
ask for membership of its group.</p>
<section aria-labelledby="apps">
<h2 id="apps">Apps</h2>
<ul class="tiles">${tiles}</ul>
</section>
${identityCard(identity)}`,
  });
}
