import { type Html, html } from "./html";
import { layout, type PageContext } from "./layout";

/** A page that could not be given to a signed-in person: not found, a refused form, a fault of ours. */
export const problemPage = (context: PageContext, title: string, message: string): Html =>
  layout(context, {
    title,
    content: html`<h1>${title}</h1>
<p class="lead">${message}</p>
<p><a href="${context.config.path}">Back to ${context.config.title}</a></p>`,
  });
