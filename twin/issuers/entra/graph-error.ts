/** A refusal of Microsoft Graph. Source: learn.microsoft.com/graph/errors, learn.microsoft.com/graph/resolve-auth-errors. */
export interface GraphError {
  readonly status: 400 | 401 | 403 | 404 | 429 | 501;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const challenge = {
  "www-authenticate":
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"',
};

export const graphErrors = {
  noToken: (): GraphError => ({
    status: 401,
    code: "InvalidAuthenticationToken",
    message: "Access token is empty.",
    headers: challenge,
  }),
  badToken: (): GraphError => ({
    status: 401,
    code: "InvalidAuthenticationToken",
    message: "Access token validation failure.",
    headers: challenge,
  }),
  denied: (): GraphError => ({
    status: 403,
    code: "Authorization_RequestDenied",
    message: "Insufficient privileges to complete the operation.",
  }),
  notFound: (id: string): GraphError => ({
    status: 404,
    code: "Request_ResourceNotFound",
    message: `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  }),
  unsupportedQuery: (): GraphError => ({
    status: 400,
    code: "Request_UnsupportedQuery",
    message:
      "Request with $count query parameter and ConsistencyLevel header is required for a cast; the local twin answers lists without one.",
  }),
  invalidQuery: (): GraphError => ({ status: 400, code: "Request_BadRequest", message: "Invalid request." }),
  throttled: (seconds: number): GraphError => ({
    status: 429,
    code: "TooManyRequests",
    message: "Too Many Requests",
    headers: { "retry-after": String(seconds) },
  }),
  notImitated: (): GraphError => ({
    status: 501,
    code: "NotImplemented",
    message: "The local twin answers transitiveMemberOf and directReports of a user only.",
  }),
} as const;
