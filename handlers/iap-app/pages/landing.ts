import { type Html, html } from "./html";
import { identityCard } from "./identity-card";
import { layout, type PageContext } from "./layout";

export function landingPage(context: PageContext): Html {
  const { config, identity } = context;
  const tiles = config.apps
    .filter(({ path }) => path !== config.path)
    .map(({ title, path }) => html`<li><a class="card" href="${path}"><strong>${title}</strong>${path}</a></li>`);
  return layout(context, {
    title: config.title,
    content: html`<h1>Welcome to ${config.title}</h1>
<p class="lead">You are signed in as ${identity.email}. Choose an app; each lets in the groups it is meant for.</p>
<section aria-labelledby="apps">
<h2 id="apps">Apps</h2>
<ul class="tiles">${tiles}</ul>
</section>
${identityCard(identity)}`,
  });
}
