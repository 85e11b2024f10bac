/**
 * The two forms of an audience: a backend service of a global load balancer, and a Cloud Run service behind direct
 * IAP. Source: cloud.google.com/iap/docs/signed-headers-howto.
 */
const forms = [
  /^\/projects\/[1-9][0-9]{0,19}\/global\/backendServices\/[1-9][0-9]{0,19}$/,
  /^\/projects\/[1-9][0-9]{0,19}\/locations\/[a-z]+-[a-z]+[0-9]{1,2}\/services\/[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
];

/** What a well-formed audience looks like, for error messages. */
export const audienceForms =
  "/projects/NUMBER/global/backendServices/ID or /projects/NUMBER/locations/REGION/services/NAME, with numbers, not names, for NUMBER and ID";

/** Whether the text can be an audience at all. A project id in place of the number, say, would never match. */
export const isAudience = (text: string): boolean => forms.some((form) => form.test(text));
