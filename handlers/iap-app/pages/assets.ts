import { basePath } from "../config";
import type { Asset, StoredInventory } from "../rows/asset-repository";
import { type InventoryProblem, inventoryColumns, inventoryLimits } from "../uploads/inventory-file";
import { describedBy, fieldError, formNotice, groupSelect, type ShownForm, tokenField } from "./form-fields";
import { type Html, html } from "./html";
import { layout, type PageContext } from "./layout";
import { timeOf } from "./tickets";

interface Group {
  readonly id: string;
  readonly name: string;
}

export interface AssetsView {
  /** The reader's, by name. */
  readonly groups: readonly Group[];
  readonly assets: readonly Asset[];
  readonly inventories: readonly StoredInventory[];
  readonly form: ShownForm;
  /** What was wrong with a file that was just uploaded; nothing of it was stored. */
  readonly problems: readonly InventoryProblem[];
}

/** The assets of the reader's groups, the files that they came with, and a form for a new file. */
export function assetsPage(context: PageContext, { groups, assets, inventories, form, problems }: AssetsView): Html {
  const { title } = context.config;
  const base = basePath(context.config);
  const wrong = Object.keys(form.errors).length > 0;
  return layout(context, {
    title: wrong ? "The file was not stored" : title,
    content: html`<h1>${title}</h1>
<p class="lead">The assets of your groups: ${groups.map(({ name }) => name).join(", ")}. The database shows an asset to the members
of its group only.</p>
${formNotice("Nothing of the file was stored: see below.", form)}
<h2 id="assets">Assets</h2>
${assets.length === 0 ? html`<p>There are none yet.</p>` : assetTable(groups, assets)}
<h2 id="upload">Upload an inventory</h2>
<form class="card" method="post" action="${base}/inventories" enctype="multipart/form-data" aria-labelledby="upload">${tokenField(form.token)}
${groupSelect(groups, form)}
<label for="file">File</label>
<input type="file" id="file" name="file" accept=".csv,text/csv" required${describedBy("file", form)}>
<p class="hint">CSV in UTF-8, at most ${inventoryLimits.bytes / 1024} KiB and ${inventoryLimits.lines} lines, with the columns
${inventoryColumns.join(", ")}. <a href="${base}/example.csv" download>An example to begin from</a></p>
${fieldError("file", form)}
${problems.length > 0 ? html`<ul class="error">${problems.map(problemLine)}</ul>` : undefined}
<button class="button" type="submit">Upload</button>
</form>
<h2 id="inventories">Uploaded files</h2>
${inventoryTable(groups, inventories)}`,
  });
}

const problemLine = ({ line, message }: InventoryProblem): Html =>
  html`<li>${line > 0 ? `Line ${line}: ` : ""}${message}</li>`;

const nameOf = (groups: readonly Group[], id: string): string | undefined =>
  groups.find((group) => group.id === id)?.name;

const assetTable = (
  groups: readonly Group[],
  assets: readonly Asset[],
): Html => html`<div class="card scroll" role="region" aria-labelledby="assets" tabindex="0">
<table aria-labelledby="assets">
<thead><tr><th scope="col">Asset</th><th scope="col">Kind</th><th scope="col">Network</th><th scope="col">Last scan</th>
<th scope="col">Findings</th><th scope="col">Group</th></tr></thead>
<tbody>${assets.map(
  ({ name, kind, network, last_scan, findings, group_id }) => html`<tr>
<th scope="row">${name}</th><td>${kind}</td><td>${network}</td>
<td>${last_scan === null ? "never" : html`<time datetime="${last_scan}">${last_scan}</time>`}</td>
<td>${findings === 0 ? "none" : html`<strong>${findings}</strong>`}</td><td><span class="badge">${nameOf(groups, group_id)}</span></td></tr>`,
)}</tbody>
</table>
</div>`;

const inventoryTable = (
  groups: readonly Group[],
  inventories: readonly StoredInventory[],
): Html => html`<div class="card scroll" role="region" aria-labelledby="inventories" tabindex="0">
<table aria-labelledby="inventories">
<thead><tr><th scope="col">File</th><th scope="col">Lines</th><th scope="col">Group</th><th scope="col">Uploaded</th></tr></thead>
<tbody>${inventories.map(
  ({
    file_name,
    row_count,
    email,
    created_at,
    group_id,
  }) => html`<tr><th scope="row">${file_name}</th><td>${row_count}</td>
<td><span class="badge">${nameOf(groups, group_id)}</span></td><td>${timeOf(created_at)} by ${email}</td></tr>`,
)}</tbody>
</table>
</div>`;
