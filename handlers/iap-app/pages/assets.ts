import { basePath } from "../config";
import type { Asset, StoredInventory } from "../rows/asset-repository";
import { type InventoryProblem, inventoryColumns, inventoryLimits } from "../uploads/inventory-file";
import { describedBy, fieldError, formNotice, groupSelect, type ShownForm, tokenField } from "./form-fields";
import { type Html, html } from "./html";
import { layout, type PageContext } from "./layout";
import { table } from "./table";
import { dayOf, timeOf } from "./time";

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
${formNotice("Nothing of the file was stored.", "upload", form)}
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
${inventories.length === 0 ? html`<p>There are none yet.</p>` : inventoryTable(groups, inventories)}`,
  });
}

const problemLine = ({ line, message }: InventoryProblem): Html =>
  html`<li>${line > 0 ? `Line ${line}: ` : ""}${message}</li>`;

const nameOf = (groups: readonly Group[], id: string): string | undefined =>
  groups.find((group) => group.id === id)?.name;

const assetTable = (groups: readonly Group[], assets: readonly Asset[]): Html =>
  table(
    "assets",
    [
      { heading: "Asset", cell: ({ name }) => name, namesRow: true },
      { heading: "Kind", cell: ({ kind }) => kind },
      { heading: "Network", cell: ({ network }) => network },
      { heading: "Last scan", cell: ({ last_scan }) => (last_scan === null ? "never" : dayOf(last_scan)) },
      { heading: "Findings", cell: ({ findings }) => (findings === 0 ? "none" : html`<strong>${findings}</strong>`) },
      { heading: "Group", cell: ({ group_id }) => html`<span class="badge">${nameOf(groups, group_id)}</span>` },
    ],
    assets,
  );

const inventoryTable = (groups: readonly Group[], inventories: readonly StoredInventory[]): Html =>
  table(
    "inventories",
    [
      { heading: "File", cell: ({ file_name }) => file_name, namesRow: true },
      { heading: "Lines", cell: ({ row_count }) => row_count },
      { heading: "Group", cell: ({ group_id }) => html`<span class="badge">${nameOf(groups, group_id)}</span>` },
      { heading: "Uploaded", cell: ({ created_at, email }) => html`${timeOf(created_at)} by ${email}` },
    ],
    inventories,
  );
