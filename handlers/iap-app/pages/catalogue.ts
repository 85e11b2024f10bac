import type { Catalogue } from "../catalogue";
import { type Html, html } from "./html";
import { identityCard } from "./identity-card";
import { layout, type PageContext } from "./layout";

/** A list that is the same for everybody whom the gateway lets in. */
export function cataloguePage(context: PageContext, { lead, caption, columns, rows }: Catalogue): Html {
  const cells = ([first = "", ...rest]: readonly string[]) =>
    html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>`;
  return layout(context, {
    title: context.config.title,
    content: html`<h1>${context.config.title}</h1>
<p class="lead">${lead}</p>
<h2 id="list">${caption}</h2>
<div class="card scroll" role="region" aria-labelledby="list" tabindex="0">
<table aria-labelledby="list">
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(cells)}</tbody>
</table>
</div>
${identityCard(context.identity)}`,
  });
}
