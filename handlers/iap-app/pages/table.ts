import { type Html, type HtmlValue, html } from "./html";

interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => HtmlValue;
  /** Set in the one column that names the row. */
  readonly namesRow?: true;
}

/**
 * A table that scrolls in a box of its own where it is wide, and whose rows become small cards on a narrow screen (`style.ts`). Browsers
 * forget what a table is once its parts are laid out otherwise, so each says its role (w3.org/TR/html-aria).
 *
 * @param headingId Id of the heading that names the table.
 */
export const table = <Row>(
  headingId: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Html => html`<div class="card scroll" role="region" aria-labelledby="${headingId}" tabindex="0">
<table role="table" aria-labelledby="${headingId}">
<thead role="rowgroup"><tr role="row">${columns.map(({ heading }) => html`<th scope="col" role="columnheader">${heading}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map((row) => html`<tr role="row">${columns.map((column) => cellOf(column, row))}</tr>\n`)}</tbody>
</table>
</div>`;

const cellOf = <Row>({ heading, cell, namesRow }: Column<Row>, row: Row): Html =>
  namesRow === true
    ? html`<th scope="row" role="rowheader">${cell(row)}</th>`
    : html`<td role="cell" data-heading="${heading}">${cell(row)}</td>`;
