import { basePath } from "../config";
import type { Ticket } from "../rows/ticket-repository";
import { describedBy, fieldError, formNotice, type ShownForm, tokenField } from "./form-fields";
import { type Html, html } from "./html";
import { layout, type PageContext } from "./layout";
import { table } from "./table";
import { timeOf } from "./time";

export interface TicketsView {
  /** The reader's own, and those of the people who report to them. */
  readonly tickets: readonly Ticket[];
  readonly form: ShownForm;
  /** Set where the directory could not be asked who reports to the reader. */
  readonly reportsUnknown: boolean;
}

export function ticketsPage(context: PageContext, { tickets, form, reportsUnknown }: TicketsView): Html {
  const { title } = context.config;
  const { principal, email } = context.identity;
  const base = basePath(context.config);
  const own = tickets.filter((ticket) => ticket.principal === principal);
  const others = tickets.filter((ticket) => ticket.principal !== principal);
  const wrong = Object.keys(form.errors).length > 0;
  return layout(context, {
    title: wrong ? "The ticket was not created" : title,
    content: html`<h1>${title}</h1>
<p class="lead">These are the tickets of ${email}. The database shows each person their own rows, and a manager those of the people
who report to them.</p>
${formNotice("The ticket was not created.", "new", form)}
${reportsUnknown ? html`<p class="notice" role="status">The company's directory could not be asked who reports to you, so only your own tickets are shown.</p>` : undefined}
<h2 id="own">Your tickets</h2>
${own.length === 0 ? html`<p>You have no tickets.</p>` : ticketTable(base, "own", own)}
${others.length === 0 ? undefined : html`<h2 id="reports">Tickets of the people who report to you</h2>${ticketTable(base, "reports", others)}`}
<h2 id="new">New ticket</h2>
${newTicketForm(base, form)}`,
  });
}

/** Whose ticket it is stands in the table of several people's. */
const ticketTable = (base: string, heading: "own" | "reports", tickets: readonly Ticket[]): Html =>
  table(
    heading,
    [
      { heading: "Number", cell: ({ id }) => id },
      {
        heading: "Subject",
        cell: ({ id, subject }) => html`<a href="${base}/tickets/${id}">${subject}</a>`,
        namesRow: true,
      },
      ...(heading === "reports" ? [{ heading: "Of", cell: ({ email }: Ticket) => email }] : []),
      { heading: "State", cell: ({ state }) => html`<span class="badge">${state}</span>` },
      { heading: "Created", cell: ({ created_at }) => timeOf(created_at) },
    ],
    tickets,
  );

const newTicketForm = (
  base: string,
  form: ShownForm,
): Html => html`<form class="card" method="post" action="${base}/tickets" aria-labelledby="new">
${tokenField(form.token)}
<label for="subject">Subject</label>
<input type="text" id="subject" name="subject" required maxlength="200" autocomplete="off" value="${form.values["subject"]}"${describedBy("subject", form)}>
${fieldError("subject", form)}
<label for="description">Description</label>
<textarea id="description" name="description" rows="5" maxlength="5000"${describedBy("description", form)}>
${form.values["description"]}</textarea>
${fieldError("description", form)}
<button class="button" type="submit">Create ticket</button>
</form>`;
