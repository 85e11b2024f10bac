import { formTokenField } from "../csrf";
import { type Html, html } from "./html";

/** What was typed last time and what was wrong with it; both empty for a fresh form. */
export interface FormState {
  readonly errors: Readonly<Record<string, readonly string[] | undefined>>;
  readonly values: Readonly<Record<string, string | undefined>>;
}

export const freshForm: FormState = { errors: {}, values: {} };

/** A form as a page shows it. */
export interface ShownForm extends FormState {
  /** Proves that the form comes from a page of ours. */
  readonly token: string;
}

export const tokenField = (token: string): Html =>
  html`<input type="hidden" name="${formTokenField}" value="${token}">`;

/** Attributes of a control that tie it to the error below it. */
export const describedBy = (field: string, { errors }: FormState): Html | undefined =>
  errors[field] && html` aria-invalid="true" aria-describedby="${field}-error"`;

export const fieldError = (field: string, { errors }: FormState): Html | undefined =>
  errors[field] && html`<p class="error" id="${field}-error">${errors[field]?.[0]}</p>`;

/**
 * Said at the top where anything is wrong, with the way to the form, which may be far below.
 *
 * @param formId Id of the form's heading.
 */
export const formNotice = (sentence: string, formId: string, { errors }: FormState): Html | undefined =>
  Object.keys(errors).length > 0
    ? html`<p class="notice" role="alert">${sentence} <a href="#${formId}">See what is wrong</a></p>`
    : undefined;

/** A choice among groups by name. */
export const groupSelect = (
  groups: readonly { readonly id: string; readonly name: string }[],
  form: FormState,
): Html => html`
<label for="group">Group</label>
<select id="group" name="group" required${describedBy("group", form)}>
${groups.map(({ id, name }) => html`<option value="${id}"${form.values["group"] === id ? html` selected` : undefined}>${name}</option>`)}
</select>
${fieldError("group", form)}`;
