import { type Html, html } from "./html";

/** To the minute, in UTC: pages are rendered where nobody knows the reader's zone. */
export const timeOf = (date: Date): Html =>
  html`<time datetime="${date.toISOString()}">${date.toISOString().slice(0, 16).replace("T", " ")} UTC</time>`;

/** @param day As `2027-05-03`. */
export const dayOf = (day: string): Html => html`<time datetime="${day}">${day}</time>`;
